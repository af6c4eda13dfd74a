//! FLV tags read one by one from a player's output, to know when each arrived.

use std::io::{self, Read};

/// One tag of an FLV file.
#[derive(Debug)]
pub struct Tag {
    /// 8 audio, 9 video, 18 data.
    pub kind: u8,
    /// Milliseconds.
    pub timestamp: u32,
    /// The audio, video or data message.
    pub body: Vec<u8>,
}

impl Tag {
    /// Whether it is a coded picture of a legacy codec: H.264 and no sequence header.
    #[must_use]
    pub fn is_h264_picture(&self) -> bool {
        // frame type (4 bits), codec id 7 = AVC (4 bits), AVC packet type 1 = NAL units
        self.kind == 9 && matches!(self.body[..], [first, 1, ..] if first & 0x0f == 7)
    }

    /// Whether it is a picture that can be decoded alone.
    #[must_use]
    pub fn is_keyframe(&self) -> bool {
        self.is_h264_picture() && self.body[0] >> 4 == 1
    }
}

/// Reads an FLV file while it is being written.
#[derive(Debug)]
pub struct Tags<R>(R);

impl<R: Read> Tags<R> {
    /// Reads the file header.
    ///
    /// # Errors
    /// If the input ends or is no FLV file.
    pub fn new(mut input: R) -> io::Result<Self> {
        // "FLV", version, flags, header length (4 bytes), length of the tag before the first (4 bytes)
        let mut header = [0; 13];
        input.read_exact(&mut header)?;
        if header.starts_with(b"FLV") {
            Ok(Self(input))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "not FLV"))
        }
    }

    /// Waits for the next tag.
    ///
    /// # Errors
    /// If the input ends.
    pub fn next_tag(&mut self) -> io::Result<Tag> {
        // type, length (3 bytes), timestamp (3 bytes and the highest one), stream id (3 bytes)
        let mut head = [0; 11];
        self.0.read_exact(&mut head)?;
        let [kind, l2, l1, l0, t2, t1, t0, t3, ..] = head;
        let mut body = vec![0; u32::from_be_bytes([0, l2, l1, l0]) as usize];
        self.0.read_exact(&mut body)?;
        // The tag's length once more.
        self.0.read_exact(&mut [0; 4])?;
        Ok(Tag {
            kind,
            timestamp: u32::from_be_bytes([t3, t2, t1, t0]),
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_one_by_one() {
        let file = [
            &b"FLV\x01\x05\0\0\0\x09\0\0\0\0"[..],
            b"\x09\0\0\x03\0\x01\x02\0\0\0\0\x17\0\0\0\0\0\x0e", // video, 3 bytes, 258 ms: sequence header
            b"\x09\0\0\x02\0\x01\x02\x01\0\0\0\x17\x01\0\0\0\x0d", // video, 2 bytes, 2^24 + 258 ms: key frame
        ]
        .concat();
        let mut tags = Tags::new(&file[..]).unwrap();
        let header = tags.next_tag().unwrap();
        assert_eq!(
            (header.kind, header.timestamp, header.is_h264_picture()),
            (9, 258, false)
        );
        let picture = tags.next_tag().unwrap();
        assert_eq!((picture.timestamp, picture.is_keyframe()), (0x0100_0102, true));
        assert!(tags.next_tag().is_err());
    }
}
