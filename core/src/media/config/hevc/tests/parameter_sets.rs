//! Sequence and video parameter sets.

use super::*;

#[test]
fn cropping_counts_in_units_of_chroma() {
    assert_eq!(size(&sps(CROPPED)), (1918, 1078));
    assert_eq!(size(&sps(YUV_422_10)), (318, 182));
    assert_eq!(size(&sps(YUV_444)), (322, 178));
    assert_eq!(size(&sps(GREY)), (320, 180));
}

#[test]
fn colour_and_depth_are_told() {
    let sps_10 = sps(MAIN_10);
    assert_eq!(size(&sps_10), (320, 180));
    assert_eq!((sps_10.bit_depth_luma, sps_10.bit_depth_chroma), (10, 10));
    assert_eq!(
        sps_10.colour,
        Some(Colour {
            primaries: 9,
            transfer: 16,
            matrix: 9,
            full_range: false
        })
    );
    assert_eq!(sps(YUV_422_10).chroma, ChromaFormat::Yuv422);
    assert_eq!(sps(YUV_444).chroma, ChromaFormat::Yuv444);
    assert_eq!(sps(GREY).chroma, ChromaFormat::Monochrome);
    assert_eq!(sps(GREY).colour.map(|c| c.full_range), Some(true));
}

#[test]
fn profiles_have_the_names_that_ffmpeg_prints() {
    let name = |unit| sps(unit).profile.name().unwrap();
    assert_eq!(name(CROPPED), "Main");
    assert_eq!(name(MAIN_10), "Main 10");
    assert_eq!(name(YUV_422_10), "Rext");
    assert_eq!(name(STILL), "Main Still Picture");
}

#[test]
fn levels_count_in_thirtieths() {
    assert_eq!(sps(CROPPED).profile.level_name(), "4.0");
    assert_eq!(sps(STILL).profile.level_name(), "2.1");
    assert_eq!(sps(HIGH_TIER).profile.level_name(), "5.1");
}

#[test]
fn a_picture_lasts_one_tick() {
    assert_eq!(rate(&sps(SCALING_LISTS)), "60000/1001");
    assert_eq!(rate(&sps(HIGH_TIER)), "25");
    let fields = sps(FIELDS);
    assert_eq!(rate(&fields), "25");
    assert_eq!(size(&fields), (720, 576));
    assert_eq!(
        fields.sample_aspect_ratio,
        Some(SampleAspectRatio {
            width: 64,
            height: 45
        })
    );
}

/// Bits as a unit with this header.
fn unit(nal_type: u8, bits: &str) -> Vec<u8> {
    [&[nal_type << 1, 1][..], &ebsp(&digits::bytes(bits))].concat()
}

/// Main tier, Main, compatible with 1 and 2, no constraints, level 3.1.
fn profile_bits() -> String {
    format!("00 0 00001 0110{:028b} {:048b} 01011101", 0, 0)
}

/// A sequence parameter set of 64x64, up to the sets of reference pictures.
fn sps_head() -> String {
    // VPS 0, one sub-layer, nested; id 0, 4:2:0, 64, 64, no window, 8 bits, 8 bits, order counts of 4 bits, all
    // sub-layers told: 0 0 0; six sizes; no scaling lists, amp, sao, pcm.
    let size = "0000001000001 0000001000001";
    let head = format!("0000 000 1 {} 1 010 {size} 0 1 1 1 1 1 1 1", profile_bits());
    format!("{head} 111111 0 0 0 0")
}

#[test]
fn sets_of_reference_pictures_are_passed_over() {
    // Three sets. One negative picture and one positive, then the second from the first: of three entries two are
    // taken; the third from the second: used ones only.
    let sets = "00100 010 010 1 1 1 1 | 1 0 1 1 00 01 | 1 0 1 1 1 1".replace('|', "");
    // Two long-term pictures, mvp, smoothing, vui: 1:1 and nothing else but 50 ticks of 1.
    let vui = format!("1 1 00000001 0 0 0 0 0 0 0 1 {:032b} {:032b}", 1, 50);
    let bits = format!("{} {sets} 1 011 0001 1 0010 1 1 1 {vui} 0 0 0 1", sps_head());
    let sps = sps(&unit(33, &bits));
    assert_eq!(size(&sps), (64, 64));
    assert_eq!(
        sps.sample_aspect_ratio,
        Some(SampleAspectRatio { width: 1, height: 1 })
    );
    assert_eq!(rate(&sps), "50");
}

#[test]
fn more_reference_pictures_than_can_be_are_refused() {
    // 65 sets: 000000 1 000010.
    let bits = format!("{} 0000001000010", sps_head());
    let refused = |field, count, limit| Err(ConfigError::TooMany { field, count, limit });
    assert_eq!(
        Sps::parse(&unit(33, &bits)),
        refused("num_short_term_ref_pic_sets", 65, 64)
    );
    // One set of 17 negative pictures: 0000 1 0010.
    let bits = format!("{} 010 000010010 1 1", sps_head());
    assert_eq!(Sps::parse(&unit(33, &bits)), refused("num_negative_pics", 17, 16));
    // One of 16 and 16: 0000 1 0001 each.
    let bits = format!("{} 010 000010001 000010001 1", sps_head());
    assert_eq!(Sps::parse(&unit(33, &bits)), refused("NumDeltaPocs", 32, 16));
    // No sets, 33 long-term pictures: 00000 1 00010.
    let bits = format!("{} 1 1 00000100010 1", sps_head());
    assert_eq!(
        Sps::parse(&unit(33, &bits)),
        refused("num_long_term_ref_pics_sps", 33, 32)
    );
}

#[test]
fn what_is_said_of_sub_layers_is_passed_over() {
    // Three sub-layers, of which the first tells profile and level, the second its level.
    let sub_layers = format!("11 01 {:012b} {:088b} {:08b} {:08b}", 0, 0, 60, 63);
    let bits = format!(
        "0000 010 1 {} {sub_layers} 1 010 0000001000001 0000001000001 0 1 1 1 0 1 1 1 111111 0 0 0 0 1 0 0 0 0 1",
        profile_bits()
    );
    let sps = sps(&unit(33, &bits));
    assert_eq!(sps.temporal_layers, 3);
    assert_eq!(size(&sps), (64, 64));
}

#[test]
fn there_are_seven_sub_layers_at_most() {
    let refused = |field| ConfigError::Value { field, value: 7 };
    assert_eq!(
        Sps::parse(&unit(33, "0000 111 1")),
        Err(refused("sps_max_sub_layers_minus1"))
    );
    assert_eq!(
        Vps::parse(&unit(32, "0000 11 000000 111 1")),
        Err(refused("vps_max_sub_layers_minus1"))
    );
}

#[test]
fn no_record_is_made_that_would_say_another_depth() {
    // `sps_head` with 16 bits (000 1 001) of luma, and the rest of a set.
    let bits = sps_head().replacen(" 0 1 1 1", " 0 0001001 1 1", 1) + "1 0 0 0 0 1";
    let unit = Bytes::from(unit(33, &bits));
    assert_eq!(sps(&unit).bit_depth_luma, 16);
    assert_eq!(
        HevcConfiguration::from_parameter_sets(&[], &[unit], &[]),
        Err(ConfigError::Value {
            field: "bit_depth_luma_minus8",
            value: 8
        })
    );
}

#[test]
fn a_video_parameter_set_may_tell_the_frame_rate() {
    // VPS 3, base layer, one layer, one sub-layer, nested, 16 ones, profile; ordering: 0 0 0; layer 0, one layer
    // set; timing: 1001 of 24000.
    let bits = format!(
        "0011 11 000000 000 1 {:016b} {} 1 1 1 1 000000 1 1 {:032b} {:032b} 0 1",
        0xFFFF,
        profile_bits(),
        1001,
        24000
    );
    let vps = unit(32, &bits);
    let parsed = Vps::parse(&vps).unwrap();
    assert_eq!(parsed.id, 3);
    assert_eq!(parsed.profile.level_name(), "3.1");
    assert_eq!(parsed.frame_rate.unwrap().to_string(), "24000/1001");
    // It is asked where the sequence parameter set says nothing.
    let sps = unit(33, &format!("{} 1 0 0 0 0 0 1", sps_head()));
    let configuration =
        HevcConfiguration::from_parameter_sets(&[Bytes::from(vps)], &[Bytes::from(sps)], &[]).unwrap();
    let info = configuration.info().unwrap();
    assert_eq!(info.frame_rate.unwrap().to_string(), "24000/1001");
}

#[test]
fn another_unit_is_no_parameter_set() {
    for other in [&[][..], &[0x42], &[0x44, 0x01, 0xC1], &[0x26; 30]] {
        assert_eq!(
            Sps::parse(other),
            Err(ConfigError::NotA("a sequence parameter set"))
        );
        assert_eq!(Vps::parse(other), Err(ConfigError::NotA("a video parameter set")));
    }
}
