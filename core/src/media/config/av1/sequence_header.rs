//! The sequence header (AV1 §5.5).

use super::{Obu, ObuType, SampleFormat, UNSPECIFIED, codec_string, level_name, profile_name};
use crate::media::config::bits::BitReader;
use crate::media::config::{Colour, ConfigError, FrameRate, VideoInfo};
use crate::media::video::VideoCodec;

/// What a `sequence_header_obu` says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceHeader {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `still_picture`: there is one frame only.
    pub still_picture: bool,
    /// `reduced_still_picture_header`: the headers of that frame are short.
    pub reduced_still_picture_header: bool,
    /// `seq_level_idx[0]`: of the first operating point, which has all layers.
    pub level: u8,
    /// `seq_tier[0]`: the high tier.
    pub high_tier: bool,
    /// Operating points: 1 to 32.
    pub operating_points: u8,
    /// Frames per second, if all frames are equally far apart and it is said how far.
    pub frame_rate: Option<FrameRate>,
    /// `max_frame_width_minus_1 + 1`.
    pub width: u32,
    /// `max_frame_height_minus_1 + 1`.
    pub height: u32,
    /// How samples are stored.
    pub samples: SampleFormat,
    /// Colour, if it is described, or its range is the full one.
    pub colour: Option<Colour>,
    /// `film_grain_params_present`.
    pub film_grain: bool,
}

impl SequenceHeader {
    /// Reads the header from a unit.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse); and if the unit is another one.
    pub fn of_unit(unit: &Obu) -> Result<Self, ConfigError> {
        if unit.kind() != ObuType::SequenceHeader {
            return Err(ConfigError::NotA("a sequence header"));
        }
        Self::parse(unit.payload())
    }

    /// Reads what is in a unit behind its header.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], if it is cut short, or its profile is reserved.
    pub fn parse(payload: &[u8]) -> Result<Self, ConfigError> {
        let mut r = BitReader::new(payload);
        let profile = r.u8(3)?;
        if profile > 2 {
            return Err(ConfigError::Value {
                field: "seq_profile",
                value: profile.into(),
            });
        }
        let still_picture = r.flag()?;
        let reduced = r.flag()?;
        let operation = match reduced {
            true => Operation::reduced(&mut r)?,
            false => Operation::read(&mut r)?,
        };
        let [width_bits, height_bits] = [r.u(4)?, r.u(4)?];
        let width = r.u(width_bits.saturating_add(1))?.saturating_add(1);
        let height = r.u(height_bits.saturating_add(1))?.saturating_add(1);
        skip_tools(&mut r, reduced)?;
        let (samples, colour) = color_config(&mut r, profile)?;
        Ok(Self {
            profile,
            still_picture,
            reduced_still_picture_header: reduced,
            level: operation.level,
            high_tier: operation.high_tier,
            operating_points: operation.points,
            frame_rate: operation.frame_rate,
            width,
            height,
            samples,
            colour,
            film_grain: r.flag()?,
        })
    }

    /// `av01.0.04M.08`: profile, level and tier, bit depth (AV1 in ISOBMFF §5).
    ///
    /// The long form, `av01.0.09M.10.0.110.09.16.09.0`, appears where chroma or colour is said and is other than
    /// what the short one means: 4:2:0 and BT.709 of limited range. What is unspecified does not count: some
    /// players know the short form alone. FFmpeg writes the long one whenever colour is described, and only then.
    pub fn codec_string(&self) -> String {
        codec_string(
            self.profile,
            self.level,
            self.high_tier,
            self.samples,
            self.colour,
        )
    }

    /// What the track is.
    pub fn info(&self) -> VideoInfo {
        VideoInfo {
            codec_string: Some(self.codec_string()),
            profile: profile_name(self.profile),
            level: level_name(self.level),
            width: self.width,
            height: self.height,
            frame_rate: self.frame_rate,
            bit_depth: self.samples.bit_depth(),
            chroma: Some(self.samples.chroma()),
            colour: self.colour,
            ..VideoInfo::of(VideoCodec::Av1)
        }
    }
}

/// What the header says of time and of operating points.
struct Operation {
    level: u8,
    high_tier: bool,
    points: u8,
    frame_rate: Option<FrameRate>,
}

impl Operation {
    fn reduced(r: &mut BitReader<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            level: r.u8(5)?,
            high_tier: false,
            points: 1,
            frame_rate: None,
        })
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, ConfigError> {
        let mut frame_rate = None;
        let mut buffer_delay_bits = None;
        if r.flag()? {
            frame_rate = timing_info(r)?;
            if r.flag()? {
                // decoder_model_info: what is left is num_units_in_decoding_tick and two lengths.
                buffer_delay_bits = Some(r.u(5)?.saturating_add(1));
                r.skip(32 + 5 + 5)?;
            }
        }
        let has_display_delay = r.flag()?;
        let points = r.u8(5)?.saturating_add(1);
        let mut first = None;
        for _ in 0..points {
            r.skip(12)?;
            let level = r.u8(5)?;
            let high_tier = level > 7 && r.flag()?;
            first = first.or(Some((level, high_tier)));
            if let Some(bits) = buffer_delay_bits
                && r.flag()?
            {
                r.skip(bits.saturating_mul(2).saturating_add(1))?;
            }
            if has_display_delay && r.flag()? {
                r.skip(4)?;
            }
        }
        // There is one point at least.
        let (level, high_tier) = first.unwrap_or_default();
        Ok(Self {
            level,
            high_tier,
            points,
            frame_rate,
        })
    }
}

/// §5.5.3: ticks per second, and ticks per picture if all have the same.
fn timing_info(r: &mut BitReader<'_>) -> Result<Option<FrameRate>, ConfigError> {
    let [units_in_tick, time_scale] = [r.u(32)?, r.u(32)?];
    if !r.flag()? {
        return Ok(None);
    }
    let ticks = u64::from(uvlc(r)?).saturating_add(1);
    Ok(FrameRate::new(
        time_scale.into(),
        ticks.saturating_mul(units_in_tick.into()),
    ))
}

/// §4.10.3. A number of 32 bits and more is forbidden where this is used.
fn uvlc(r: &mut BitReader<'_>) -> Result<u32, ConfigError> {
    r.ue().map_err(ConfigError::from)
}

/// From `frame_id_numbers_present_flag` to `enable_restoration`: the coding tools in use.
fn skip_tools(r: &mut BitReader<'_>, reduced: bool) -> Result<(), ConfigError> {
    if !reduced && r.flag()? {
        // delta_frame_id_length, additional_frame_id_length
        r.skip(4 + 3)?;
    }
    // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    r.skip(3)?;
    if !reduced {
        // Interintra and masked compounds, warped motion, dual filter
        r.skip(4)?;
        let order_hint = r.flag()?;
        if order_hint {
            // enable_jnt_comp, enable_ref_frame_mvs
            r.skip(2)?;
        }
        let chooses_screen_content_tools = r.flag()?;
        let screen_content_tools = chooses_screen_content_tools || r.flag()?;
        if screen_content_tools {
            let chooses_integer_mv = r.flag()?;
            if !chooses_integer_mv {
                r.skip(1)?;
            }
        }
        if order_hint {
            r.skip(3)?;
        }
    }
    // enable_superres, enable_cdef, enable_restoration
    r.skip(3)?;
    Ok(())
}

/// §5.5.2.
fn color_config(r: &mut BitReader<'_>, profile: u8) -> Result<(SampleFormat, Option<Colour>), ConfigError> {
    let high_bitdepth = r.flag()?;
    let twelve_bit = profile == 2 && high_bitdepth && r.flag()?;
    let monochrome = profile != 1 && r.flag()?;
    let mut colour = UNSPECIFIED;
    if r.flag()? {
        [colour.primaries, colour.transfer, colour.matrix] = [r.u8(8)?, r.u8(8)?, r.u8(8)?];
    }
    let mut samples = SampleFormat {
        high_bitdepth,
        twelve_bit,
        monochrome,
        subsampling_x: true,
        subsampling_y: true,
        chroma_sample_position: 0,
    };
    if monochrome {
        colour.full_range = r.flag()?;
    } else {
        // sRGB says all the rest by itself.
        if (colour.primaries, colour.transfer, colour.matrix) == (1, 13, 0) {
            colour.full_range = true;
            (samples.subsampling_x, samples.subsampling_y) = (false, false);
        } else {
            colour.full_range = r.flag()?;
            (samples.subsampling_x, samples.subsampling_y) = match (profile, twelve_bit) {
                (0, _) => (true, true),
                (1, _) => (false, false),
                (_, false) => (true, false),
                (_, true) => {
                    let x = r.flag()?;
                    (x, x && r.flag()?)
                }
            };
            if samples.subsampling_x && samples.subsampling_y {
                samples.chroma_sample_position = r.u8(2)?;
            }
        }
        // separate_uv_delta_q
        r.skip(1)?;
    }
    Ok((samples, (colour != UNSPECIFIED).then_some(colour)))
}
