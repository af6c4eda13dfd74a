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

/// An empty directory for the test of this name.
#[must_use]
pub fn directory(test: &str) -> PathBuf {
    let path = target().join("test-scratch").join(test);
    if path.exists() {
        fs::remove_dir_all(&path).expect("the last run's files can be removed");
    }
    fs::create_dir_all(&path).expect("the target directory is writable");
    path
}
