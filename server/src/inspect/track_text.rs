//! Tracks, for people: what is wrong first, then what each track is.

use std::fmt::{self, Formatter};

use super::finding::{Finding, kind_name};
use super::media::Codec;
use super::text::{FAINT, TITLE, WARNING, WRONG};
use super::track::{BitRate, Gops, Interleave, Spread, Track, Tracks};

/// Says so if there is nothing to complain of.
pub(super) fn praise_line(tracks: &Tracks, f: &mut Formatter<'_>) -> fmt::Result {
    if tracks.findings.is_empty() && !tracks.tracks.is_empty() {
        writeln!(f, "  {FAINT}nothing is wrong with the stream{FAINT:#}")?;
    }
    Ok(())
}

/// What was found, and the tracks.
pub(super) fn tracks_lines(tracks: &Tracks, f: &mut Formatter<'_>) -> fmt::Result {
    for finding in &tracks.findings {
        finding_line(finding, f)?;
    }
    for track in &tracks.tracks {
        track_lines(track, f)?;
    }
    tracks
        .interleave
        .map_or(Ok(()), |interleave| interleave_line(&interleave, f))
}

fn finding_line(finding: &Finding, f: &mut Formatter<'_>) -> fmt::Result {
    let (style, mark) = if finding.trouble.is_wrong() {
        (WRONG, '!')
    } else {
        (WARNING, '-')
    };
    writeln!(f, "  {style}{mark} {finding}{style:#}")
}

/// A line of a track's: a word on the left, and what there is to say of it.
fn line(word: &str, what: &str, f: &mut Formatter<'_>) -> fmt::Result {
    writeln!(f, "    {FAINT}{word:<12}{FAINT:#}{what}")
}

fn track_lines(track: &Track, f: &mut Formatter<'_>) -> fmt::Result {
    let codec = track.codec_name.as_deref().unwrap_or("unknown codec");
    let enhanced = if track.is_enhanced { ", enhanced" } else { "" };
    writeln!(
        f,
        "  {TITLE}{}{TITLE:#} {}{enhanced}",
        track.name,
        codec.escape_debug()
    )?;
    line("codec", &identity(track), f)?;
    let keys = match track.codec {
        Some(Codec::Video(_)) => format!(", {} key", track.keyframes),
        _ => String::new(),
    };
    let span = match track.span {
        None => String::new(),
        Some((first, last)) => format!(", DTS {first} to {last} ms"),
    };
    line(
        "frames",
        &format!("{}{keys}, {} bytes{span}", track.frames, track.bytes),
        f,
    )?;
    if let Some(rate) = track.frame_rate {
        line("frame rate", &frame_rate(track, rate), f)?;
    }
    if let Some(rate) = track.bit_rate {
        line("bit rate", &bit_rate(rate), f)?;
    }
    if let Some(gops) = track
        .gops
        .as_ref()
        .filter(|_| matches!(track.codec, Some(Codec::Video(_))))
    {
        line("GOP", &gop(gops), f)?;
        line("structure", &structure(gops, track.composition_times), f)?;
    }
    Ok(())
}

fn identity(track: &Track) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(track.identity.codec_string().map(str::to_owned));
    if let Some(video) = &track.identity.video {
        let level = video.level.as_ref().map(|level| format!("level {level}"));
        let profile = [video.profile.map(str::to_owned), level];
        let profile: Vec<_> = profile.into_iter().flatten().collect();
        words.extend(Some(profile.join(" ")).filter(|profile| !profile.is_empty()));
        if video.width > 0 {
            words.push(format!("{}x{}", video.width, video.height));
            let ratio = video.sample_aspect_ratio.filter(|it| it.width != it.height);
            words.extend(ratio.map(|ratio| format!("samples {ratio}")));
        }
        if video.bit_depth > 0 {
            let chroma = video.chroma.map_or(String::new(), |chroma| format!(" {chroma}"));
            words.push(format!("{} bits{chroma}", video.bit_depth));
        }
        // 2: unspecified.
        if let Some(colour) = video
            .colour
            .filter(|it| (it.primaries, it.transfer, it.matrix) != (2, 2, 2))
        {
            let range = if colour.full_range { " full range" } else { "" };
            let (primaries, transfer, matrix) = (colour.primaries, colour.transfer, colour.matrix);
            words.push(format!("colour {primaries}/{transfer}/{matrix}{range}"));
        }
    }
    if let Some(audio) = &track.identity.audio {
        words.extend(audio.profile.map(str::to_owned));
        words.extend((audio.sample_rate > 0).then(|| format!("{} Hz", audio.sample_rate)));
        words.extend((audio.channels > 0).then(|| match audio.channels {
            1 => "mono".into(),
            2 => "stereo".into(),
            channels => format!("{channels} channels"),
        }));
        words.extend(audio.bits_per_sample.map(|bits| format!("{bits} bits")));
    }
    if track.configurations > 1 {
        words.push(format!("configured {} times", track.configurations));
    }
    if words.is_empty() {
        words.push("nothing is known of it".into());
    }
    words.join(", ")
}

fn frame_rate(track: &Track, measured: f64) -> String {
    let by_codec = track.identity.video.as_ref().and_then(|video| video.frame_rate);
    let nominal = by_codec.map(|rate| rate.as_f64());
    let nominal = nominal.or_else(|| Some(1000.0 / track.identity.frame_millis()?));
    let mut words = format!("{measured:.2} measured");
    if let Some(nominal) = nominal {
        words += &format!(", {nominal:.2} by the codec");
    }
    if let (Some(Codec::Video(_)), Some(announced)) = (track.codec, track.metadata_rate) {
        words += &format!(", {announced:.2} by onMetaData");
    }
    words
}

fn bit_rate(rate: BitRate) -> String {
    let mean = format!("{:.1} kbit/s", rate.mean / 1000.0);
    match rate.peak {
        None => mean,
        Some(peak) => format!("{mean}, {:.1} kbit/s in the fullest second", peak / 1000.0),
    }
}

fn spread(spread: Spread, decimals: usize, unit: &str) -> String {
    let Spread { min, mean, max } = spread;
    let (min, max) = (format!("{min:.decimals$}"), format!("{max:.decimals$}"));
    if min == max {
        return format!("{min} {unit}");
    }
    let more = decimals.max(1);
    format!("{min} to {max} {unit} (mean {mean:.more$})")
}

fn gop(gops: &Gops) -> String {
    let (frames, seconds) = (spread(gops.frames, 0, "frames"), spread(gops.seconds, 3, "s"));
    let open = if gops.is_open {
        ", its end is not there"
    } else {
        ""
    };
    format!("{frames}, {seconds}{open}")
}

fn structure(gops: &Gops, composition_times: Option<(i32, i32)>) -> String {
    let structure = &gops.structure;
    let mut words = vec![structure.pattern.clone()];
    if structure.b_frames > 0 {
        let (count, run) = (structure.b_frames, structure.longest_b_run);
        words.push(format!("{count} B-frames, at most {run} in a row"));
    }
    if structure.disposable_frames > 0 {
        words.push(format!("{} disposable frames", structure.disposable_frames));
    }
    if let Some((min, max)) = composition_times.filter(|times| *times != (0, 0)) {
        words.push(format!("composition times {min} to {max} ms"));
    }
    words.join(", ")
}

fn interleave_line(interleave: &Interleave, f: &mut Formatter<'_>) -> fmt::Result {
    let Interleave {
        max_distance_ms,
        ahead,
        place,
    } = interleave;
    let ahead = kind_name(*ahead);
    writeln!(
        f,
        "  {TITLE}interleave{TITLE:#} {ahead} is {max_distance_ms} ms ahead at most, at {place}"
    )
}
