//! Pictures that decoders decode: gray ones of 640x352, in as few bytes as H.264 has for them (ITU-T H.264 §7.3).
//!
//! A message is an SEI message with the mark, a slice, and filler data that make it as long as it is to be.

use super::mark::Mark;

/// Constrained Baseline, level 4.0; numbers of frames have 5 bits; pictures are in the order of decoding; one reference
/// frame; 40 by 22 macroblocks.
pub(super) const SPS: &[u8] = &[0x67, 0x42, 0xC0, 0x28, 0xA6, 0x80, 0xA0, 0x2D, 0x90];
/// CAVLC, no deblocking parameters.
pub(super) const PPS: &[u8] = &[0x68, 0xCE, 0x38, 0x80];
pub(super) const WIDTH: f64 = 640.0;
pub(super) const HEIGHT: f64 = 352.0;

const MACROBLOCKS: usize = 40 * 22;
/// Numbers of frames are modulo this.
const MAX_FRAME_NUM: u32 = 32;

/// Behind the tag header, the NAL unit's length, and the SEI message's type, length and UUID.
pub(super) const MARK_AT: usize = 5 + 4 + 3 + UUID.len();

/// Names the SEI message's contents (§D.1.7, user data unregistered).
const UUID: &[u8; 16] = b"rtmp-bench-mark1";

const TAG_HEADER: usize = 5;
const SEI: usize = 3 + UUID.len() + Mark::LEN + 1;
const KEY_SLICE: usize = 1 + 3 + MACROBLOCKS + 1;
const INTER_SLICE: usize = 1 + 5;
/// Filler data without any: header and end.
const FILLER: usize = 2;
const LENGTH: usize = 4;

/// A picture's place in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Picture {
    /// The number of the group of pictures.
    pub(in crate::bench) group: u32,
    /// The number within the group: 0 is the key frame.
    pub(in crate::bench) place: u32,
}

impl Picture {
    pub(in crate::bench) const fn is_key(self) -> bool {
        self.place == 0
    }

    /// The shortest message.
    pub(super) const fn min_len(is_key: bool) -> usize {
        let slice = if is_key { KEY_SLICE } else { INTER_SLICE };
        TAG_HEADER + (LENGTH + SEI) + (LENGTH + slice) + (LENGTH + FILLER)
    }

    /// Writes a message's bytes up to the filler's, which are 0xFF, with nothing in the mark's place. The message's last
    /// byte is [`END`].
    pub(super) fn write_head(self, len: usize, out: &mut Vec<u8>) {
        // key or inter frame, AVC; NAL units; no composition time offset
        out.extend_from_slice(&[if self.is_key() { 0x17 } else { 0x27 }, 0x01, 0, 0, 0]);
        put_length(SEI, out);
        // SEI; user data unregistered; its length
        out.extend_from_slice(&[0x06, 0x05, (UUID.len() + Mark::LEN) as u8]);
        out.extend_from_slice(UUID);
        out.resize(out.len() + Mark::LEN, 0);
        out.push(END);
        if self.is_key() {
            put_length(KEY_SLICE, out);
            self.put_key_slice(out);
        } else {
            put_length(INTER_SLICE, out);
            self.put_inter_slice(out);
        }
        put_length(len.saturating_sub(out.len() + LENGTH), out);
        out.push(0x0C); // filler data
    }

    fn put_key_slice(self, out: &mut Vec<u8>) {
        // An IDR picture's slice; first_mb_in_slice 0, slice_type 7 (I), PPS 0, frame_num 0, idr_pic_id 7 or 8 (two that
        // follow each other differ, §7.4.3), no_output_of_prior_pics 0, long_term_reference 0, slice_qp_delta 0: 24 bits
        let idr_pic_id = if self.group.is_multiple_of(2) { 0x41 } else { 0x49 };
        out.extend_from_slice(&[0x65, 0x88, 0x80, idr_pic_id]);
        // Each macroblock has 8 bits: mb_type 3 (I_16x16_2_0_0: DC prediction), intra_chroma_pred_mode 0,
        // mb_qp_delta 0, coeff_token of no coefficients: 00100 1 1 1
        out.resize(out.len() + MACROBLOCKS, 0x27);
        out.push(END);
    }

    fn put_inter_slice(self, out: &mut Vec<u8>) {
        // Another slice; first_mb_in_slice 0, slice_type 5 (P), PPS 0, frame_num of 5 bits, no override of reference
        // indices, no modification of their list, no adaptive marking, slice_qp_delta 0: 1 00110 1 fffff 0001
        let frame_num = (self.place % MAX_FRAME_NUM) as u8;
        out.extend_from_slice(&[0x41, 0x9A | frame_num >> 4, frame_num << 4 | 0x01]);
        // mb_skip_run 880: all macroblocks are as before. And the end
        out.extend_from_slice(&[0x00, 0x6E, 0x30]);
    }
}

/// The stop bit and what aligns it (§7.3.2.11).
pub(super) const END: u8 = 0x80;

fn put_length(len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
}
