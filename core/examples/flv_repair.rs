//! Writes an FLV file anew: what is damaged left out, with a duration and an index of its key frames.
//!
//! ```text
//! cargo run --release -p rtmp-core --example flv_repair -- damaged.flv whole.flv
//! ```
//!
//! It says what it left out, and where. The file may be of any length: one tag and the index are held in memory.

// Files, arguments and output belong to programs.
#![allow(clippy::disallowed_types, clippy::disallowed_macros)]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, Write};
use std::process::ExitCode;

use bytes::Bytes;
use rtmp_core::amf0::{Decoder, Object};
use rtmp_core::flv::{FlvItem, FlvReader, FlvTag, FlvWriter, ReadOptions, WriteOptions};
use rtmp_core::limits::Limits;
use rtmp_core::media::Class;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(from), Some(to), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: flv_repair FROM.flv TO.flv".into());
    };
    let mut input = File::open(from)?;
    let mut output = Output {
        file: BufWriter::new(File::create_new(to)?),
        writer: None,
    };
    let mut reader = FlvReader::new(ReadOptions::resyncing());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = input.read(&mut buffer)?;
        if count == 0 {
            reader.handle_eof();
        }
        let mut bytes = buffer.get(..count).unwrap_or_default();
        while let Some(item) = reader.read(&mut bytes)? {
            match item {
                FlvItem::Tag(tag) => output.push(&tag)?,
                FlvItem::Skipped { offset, len, damage } => {
                    println!("at byte {offset}: {len} bytes left out: {damage}")
                }
                _ => {}
            }
        }
        if count == 0 {
            return output.finish();
        }
    }
}

struct Output {
    file: BufWriter<File>,
    /// Not before the first tag: it may be the metadata, which belong into the head.
    writer: Option<FlvWriter>,
}

impl Output {
    fn push(&mut self, tag: &FlvTag) -> Result<(), Box<dyn Error>> {
        let message = match tag.message(&Limits::default()) {
            Ok(message) => message,
            Err(error) => {
                println!("at byte {}: a tag left out: {error}", tag.offset);
                return Ok(());
            }
        };
        if self.writer.is_none() {
            let is_metadata = message.class() == Class::Metadata;
            let metadata = is_metadata.then(|| object(&message.payload)).flatten();
            let in_head = metadata.is_some();
            self.begin(metadata.unwrap_or_default())?;
            if in_head {
                return Ok(());
            }
        }
        if let Some(writer) = &mut self.writer {
            for piece in writer.tag(&message)?.slices() {
                self.file.write_all(&piece)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, metadata: Object<'static>) -> Result<(), Box<dyn Error>> {
        let mut options = WriteOptions::default();
        options.metadata = metadata;
        let (writer, head) = FlvWriter::begin(options)?;
        self.file.write_all(&head)?;
        self.writer = Some(writer);
        Ok(())
    }

    fn finish(mut self) -> Result<(), Box<dyn Error>> {
        let writer = self.writer.ok_or("no tag can be read")?;
        println!("{} bytes", writer.position());
        self.file.rewind()?;
        self.file.write_all(&writer.finish())?;
        Ok(self.file.flush()?)
    }
}

/// The first object in a data message: what `onMetaData` says.
fn object(payload: &Bytes) -> Option<Object<'static>> {
    let limits = Limits::default();
    let mut decoder = Decoder::new(payload, &limits);
    while let Ok(Some(value)) = decoder.next_value() {
        if let Some(object) = value.as_object() {
            return Some(object.clone().into_owned());
        }
    }
    None
}
