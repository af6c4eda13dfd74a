//! The README of the workspace is no crate's, and nothing compiles it: its sample is that of this crate's README, which is
//! compiled.

#![allow(clippy::expect_used)]

use std::fs::read_to_string;
use std::path::Path;

/// The lines of a file from the one that is `start`, up to the end of that block.
fn block(file: &str, start: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = read_to_string(path).expect("it is there");
    let (_, block) = text
        .split_once(&format!("\n{start}\n"))
        .expect("it has such a block");
    let (block, _) = block.split_once("\n```").expect("it ends");
    block.to_owned()
}

#[test]
fn the_sample_of_the_workspace_is_one_that_compiles() {
    let sample = block("README.md", "```rust,no_run");
    assert!(sample.contains("Client::connect"), "{sample}");
    assert_eq!(block("../README.md", "```rust"), sample);
}

#[test]
fn the_lines_of_cargo_toml_are_the_same() {
    let at = |file: &str| {
        let text = read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("it is there");
        let line = text.lines().find(|line| line.starts_with("rtmp-tokio = "));
        line.expect("it says how to depend on it").to_owned()
    };
    assert_eq!(at("../README.md"), at("README.md"));
}
