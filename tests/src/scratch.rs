//! Where tests put their files: below the target directory, and kept after the test for the one who looks into a failure.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The target directory of the build.
#[must_use]
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// The root of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .to_owned()
}

/// An empty directory for the test of this name, in that of the program that it is part of: programs with the same tests
/// may run side by side.
#[must_use]
pub fn directory(test: &str) -> PathBuf {
    let path = target().join("test-scratch").join(suite()).join(test);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the last run's files can be removed");
    }
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}

/// The name of the test target. Cargo builds it as `NAME-HASH`.
fn suite() -> String {
    let program = env::current_exe().expect("a program knows its file");
    let file = program.file_stem().unwrap_or_default().to_string_lossy();
    let name = file.rsplit_once('-').map_or(&*file, |(name, _)| name);
    name.to_owned()
}
