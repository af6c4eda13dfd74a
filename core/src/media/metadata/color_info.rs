//! How video is to be shown that a plain screen can't show.

use bytes::Bytes;

use super::value::{number, push, store, whole};
use crate::amf0::{self, DecodeError, Decoder, Object, Value};
use crate::limits::Limits;

/// The body of a video packet of the type Metadata (Enhanced RTMP v2, "Metadata Frame"): it holds from the next frame
/// on, and takes the place of all that was said before. Empty, it takes back what was said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ColorInfo {
    /// `colorConfig`: what sample values mean.
    pub config: ColorConfig,
    /// `hdrCll`: how bright the pictures are.
    pub cll: HdrCll,
    /// `hdrMdcv`: the display on which the pictures were graded.
    pub mdcv: HdrMdcv,
}

/// What sample values mean, in the numbers of ITU-T H.273.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColorConfig {
    /// `bitDepth`: bits per sample.
    pub bit_depth: Option<u32>,
    /// `colorPrimaries`: 9 is BT.2020.
    pub primaries: Option<u32>,
    /// `transferCharacteristics`: 16 is PQ, 18 is HLG.
    pub transfer: Option<u32>,
    /// `matrixCoefficients`: 9 is BT.2020.
    pub matrix: Option<u32>,
}

/// The content light level (CTA-861.3), in cd/m².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HdrCll {
    /// `maxFall`: the average of the brightest picture.
    pub max_fall: Option<f64>,
    /// `maxCLL`: the brightest pixel.
    pub max_cll: Option<f64>,
}

/// The mastering display's colour volume (SMPTE ST 2086): chromaticities as x and y of CIE 1931, luminances in cd/m².
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HdrMdcv {
    /// `redX` and `redY`.
    pub red: [Option<f64>; 2],
    /// `greenX` and `greenY`.
    pub green: [Option<f64>; 2],
    /// `blueX` and `blueY`.
    pub blue: [Option<f64>; 2],
    /// `whitePointX` and `whitePointY`.
    pub white_point: [Option<f64>; 2],
    /// `maxLuminance`.
    pub max_luminance: Option<f64>,
    /// `minLuminance`.
    pub min_luminance: Option<f64>,
}

/// The name of the pair that says it.
const COLOR_INFO: &str = "colorInfo";

impl ColorInfo {
    /// Reads the body of a Metadata packet: pairs of name and value, of which `colorInfo` is looked for. `None` if it
    /// is not among them. What is not what it should be says nothing.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], if the values up to it cannot be decoded.
    pub fn from_body(body: &[u8], limits: &Limits) -> Result<Option<Self>, DecodeError> {
        let mut decoder = Decoder::new(body, limits);
        while let Some(name) = decoder.next_value()? {
            let value = decoder.next_value()?.map(Value::into_amf0);
            if name.as_str() == Some(COLOR_INFO) {
                let object = value.as_ref().and_then(Value::as_object);
                return Ok(Some(object.map(Self::from_object).unwrap_or_default()));
            }
        }
        Ok(None)
    }

    /// The body of a Metadata packet.
    pub fn to_body(&self) -> Bytes {
        let mut body = Vec::new();
        amf0::encode(&COLOR_INFO.into(), &mut body);
        amf0::encode(&self.to_object().into(), &mut body);
        body.into()
    }

    /// Reads the properties of `colorInfo`.
    pub fn from_object(object: &Object<'_>) -> Self {
        let mut info = Self::default();
        for (group, value) in object.iter() {
            let members = value.as_object().map(Object::iter).into_iter().flatten();
            for (key, value) in members {
                info.take(group, key, value);
            }
        }
        info
    }

    /// The properties of `colorInfo`, in groups. A group that says nothing is left out.
    pub fn to_object(&self) -> Object<'static> {
        let (config, cll, mdcv) = (&self.config, &self.cll, &self.mdcv);
        let mut color_config = Object::new();
        push(&mut color_config, "bitDepth", config.bit_depth.map(f64::from));
        push(
            &mut color_config,
            "colorPrimaries",
            config.primaries.map(f64::from),
        );
        push(
            &mut color_config,
            "transferCharacteristics",
            config.transfer.map(f64::from),
        );
        push(
            &mut color_config,
            "matrixCoefficients",
            config.matrix.map(f64::from),
        );
        let mut hdr_cll = Object::new();
        push(&mut hdr_cll, "maxFall", cll.max_fall);
        push(&mut hdr_cll, "maxCLL", cll.max_cll);
        let mut hdr_mdcv = Object::new();
        for ([x, y], [x_key, y_key]) in [
            (mdcv.red, ["redX", "redY"]),
            (mdcv.green, ["greenX", "greenY"]),
            (mdcv.blue, ["blueX", "blueY"]),
            (mdcv.white_point, ["whitePointX", "whitePointY"]),
        ] {
            push(&mut hdr_mdcv, x_key, x);
            push(&mut hdr_mdcv, y_key, y);
        }
        push(&mut hdr_mdcv, "maxLuminance", mdcv.max_luminance);
        push(&mut hdr_mdcv, "minLuminance", mdcv.min_luminance);
        let mut object = Object::new();
        for (key, group) in [
            ("colorConfig", color_config),
            ("hdrCll", hdr_cll),
            ("hdrMdcv", hdr_mdcv),
        ] {
            if !group.is_empty() {
                object.push(key, group);
            }
        }
        object
    }

    /// Whether it says nothing, and so takes back what was said before.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn take(&mut self, group: &str, key: &str, value: &Value<'_>) {
        let (config, cll, mdcv) = (&mut self.config, &mut self.cll, &mut self.mdcv);
        let [red_x, red_y] = &mut mdcv.red;
        let [green_x, green_y] = &mut mdcv.green;
        let [blue_x, blue_y] = &mut mdcv.blue;
        let [white_x, white_y] = &mut mdcv.white_point;
        let place = match (group, key) {
            ("colorConfig", "bitDepth") => return take_whole(&mut config.bit_depth, value),
            ("colorConfig", "colorPrimaries") => return take_whole(&mut config.primaries, value),
            ("colorConfig", "transferCharacteristics") => return take_whole(&mut config.transfer, value),
            ("colorConfig", "matrixCoefficients") => return take_whole(&mut config.matrix, value),
            ("hdrCll", "maxFall") => &mut cll.max_fall,
            ("hdrCll", "maxCLL") => &mut cll.max_cll,
            ("hdrMdcv", "redX") => red_x,
            ("hdrMdcv", "redY") => red_y,
            ("hdrMdcv", "greenX") => green_x,
            ("hdrMdcv", "greenY") => green_y,
            ("hdrMdcv", "blueX") => blue_x,
            ("hdrMdcv", "blueY") => blue_y,
            ("hdrMdcv", "whitePointX") => white_x,
            ("hdrMdcv", "whitePointY") => white_y,
            ("hdrMdcv", "maxLuminance") => &mut mdcv.max_luminance,
            ("hdrMdcv", "minLuminance") => &mut mdcv.min_luminance,
            _ => return,
        };
        store(place, number(value));
    }
}

fn take_whole(place: &mut Option<u32>, value: &Value<'_>) {
    store(place, whole(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values one after another.
    fn payload(values: &[Value<'_>]) -> Vec<u8> {
        let mut payload = Vec::new();
        for value in values {
            amf0::encode(value, &mut payload);
        }
        payload
    }

    fn body(body: &[u8]) -> Option<ColorInfo> {
        ColorInfo::from_body(body, &Limits::default()).unwrap()
    }

    /// The body of a packet as OBS sends it, behind `84 hvc1`.
    const BT2020_PQ: &[u8] = b"\x02\x00\x09colorInfo\x03\
        \x00\x0BcolorConfig\x03\
        \x00\x08bitDepth\x00\x40\x24\x00\x00\x00\x00\x00\x00\
        \x00\x0EcolorPrimaries\x00\x40\x22\x00\x00\x00\x00\x00\x00\
        \x00\x17transferCharacteristics\x00\x40\x30\x00\x00\x00\x00\x00\x00\
        \x00\x12matrixCoefficients\x00\x40\x22\x00\x00\x00\x00\x00\x00\
        \x00\x00\x09\x00\x00\x09"; // {colorConfig: {10, 9, 16, 9}}

    #[test]
    fn colour_information_is_read_from_its_bytes_and_written_to_the_same() {
        let info = body(BT2020_PQ).unwrap();
        assert_eq!(
            info.config,
            ColorConfig {
                bit_depth: Some(10),
                primaries: Some(9),
                transfer: Some(16),
                matrix: Some(9),
            }
        );
        assert_eq!((info.cll, info.mdcv), (HdrCll::default(), HdrMdcv::default()));
        assert_eq!(info.to_body(), BT2020_PQ);
        assert!(!info.is_empty());
    }

    #[test]
    fn light_levels_and_the_mastering_display_have_groups_of_their_own() {
        let object = Object::new()
            .with(
                "hdrCll",
                Object::new().with("maxFall", 400.0).with("maxCLL", 1000.0),
            )
            .with(
                "hdrMdcv",
                Object::new()
                    .with("redX", 0.708)
                    .with("redY", 0.292)
                    .with("greenX", 0.17)
                    .with("greenY", 0.797)
                    .with("blueX", 0.131)
                    .with("blueY", 0.046)
                    .with("whitePointX", 0.3127)
                    .with("whitePointY", 0.329)
                    .with("maxLuminance", 1000.0)
                    .with("minLuminance", 0.005),
            );
        let info = ColorInfo::from_object(&object);
        assert_eq!(
            info.cll,
            HdrCll {
                max_fall: Some(400.0),
                max_cll: Some(1000.0)
            }
        );
        assert_eq!(
            info.mdcv,
            HdrMdcv {
                red: [Some(0.708), Some(0.292)],
                green: [Some(0.17), Some(0.797)],
                blue: [Some(0.131), Some(0.046)],
                white_point: [Some(0.3127), Some(0.329)],
                max_luminance: Some(1000.0),
                min_luminance: Some(0.005),
            }
        );
        assert_eq!(info.to_object(), object);
    }

    #[test]
    fn an_empty_or_undefined_colour_information_takes_back_what_was_said() {
        for value in [Value::Undefined, Value::Null, Object::new().into()] {
            let info = body(&payload(&["colorInfo".into(), value])).unwrap();
            assert!(info.is_empty());
        }
        // Cut off behind the name.
        assert!(body(&payload(&["colorInfo".into()])).unwrap().is_empty());
    }

    #[test]
    fn colour_information_is_one_of_several_pairs() {
        let other = || Value::from(Object::new().with("a", 1.0));
        let hlg = Object::new().with(
            "colorConfig",
            Value::EcmaArray(Object::new().with("transferCharacteristics", 18.0)),
        );
        let info = body(&payload(&[
            "else".into(),
            other(),
            "colorInfo".into(),
            hlg.into(),
        ]))
        .unwrap();
        assert_eq!(info.config.transfer, Some(18));
        assert_eq!(body(&payload(&["else".into(), other()])), None);
        assert_eq!(body(&[]), None);
        assert_eq!(
            ColorInfo::from_body(&[0x02, 0x00], &Limits::default()),
            Err(DecodeError::Truncated)
        );
    }

    #[test]
    fn colour_information_that_makes_no_sense_says_nothing() {
        let object = Object::new()
            .with(
                "colorConfig",
                Object::new().with("bitDepth", -1.0).with("hue", 1.0),
            )
            .with("hdrCll", 5.0)
            .with("hdrMdcv", Object::new().with("redX", f64::NAN));
        assert!(ColorInfo::from_object(&object).is_empty());
    }
}
