//! The files of a certificate and its key, which somebody replaces once in a while.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rtmp_core::tls::Identity;

use crate::certificates::{LoadError, load_identity};

/// Where a server's certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    /// The server's own certificate, and behind it those between it and a CA: `fullchain.pem`.
    pub certificates: PathBuf,
    /// The private key: `privkey.pem`. It may be in the same file.
    pub key: PathBuf,
}

impl IdentityFiles {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// As [`load_identity`].
    pub fn load(&self) -> Result<Identity, LoadError> {
        load_identity(&self.certificates, &self.key)
    }
}

/// Looks whether files have changed.
///
/// Who replaces a certificate and its key replaces one after the other, and in between they don't belong together: a change
/// counts once two looks in a row have seen the same.
#[derive(Debug)]
pub struct IdentityWatch {
    files: IdentityFiles,
    /// What was there when it counted last.
    known: State,
    /// What the last look has seen.
    seen: State,
}

/// What shows that files are others than before: those that links lead to, and whether there are any.
type State = [Option<Stamp>; 2];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    /// Device and number: a file that was put in the place of another may be as old and as long.
    identity: (u64, u64),
}

impl IdentityWatch {
    /// What is there now is known: to be called before the files are read.
    pub fn new(files: IdentityFiles) -> Self {
        let state = state(&files);
        Self {
            files,
            known: state,
            seen: state,
        }
    }

    /// The files.
    pub const fn files(&self) -> &IdentityFiles {
        &self.files
    }

    /// Looks. `true`, once for each change: the files are others, and have been since the last look.
    pub fn look(&mut self) -> bool {
        let state = state(&self.files);
        let is_at_rest = state == self.seen;
        self.seen = state;
        let has_changed = is_at_rest && state != self.known;
        if has_changed {
            self.known = state;
        }
        has_changed
    }
}

fn state(files: &IdentityFiles) -> State {
    let stamp = |path: &Path| fs::metadata(path).ok().map(|metadata| Stamp::of(&metadata));
    [stamp(&files.certificates), stamp(&files.key)]
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let identity = (0, 0);
        Self {
            modified: metadata.modified().ok(),
            len: metadata.len(),
            identity,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        files: IdentityFiles,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let [certificates, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
            let place = Self {
                folder,
                files: IdentityFiles { certificates, key },
            };
            place.replace(&place.files.certificates, "one");
            place.replace(&place.files.key, "one");
            place
        }

        /// As careful programs do: the file is whole at every moment.
        fn replace(&self, path: &Path, text: &str) {
            let new = self.folder.path().join("new");
            fs::write(&new, text).unwrap();
            fs::rename(new, path).unwrap();
        }
    }

    #[test]
    fn a_change_counts_once_and_only_when_it_is_over() {
        let place = Place::new();
        let mut watch = IdentityWatch::new(place.files.clone());
        assert!(!watch.look() && !watch.look());
        place.replace(&place.files.certificates, "two");
        assert!(!watch.look(), "the key may follow");
        place.replace(&place.files.key, "two");
        assert!(!watch.look());
        assert!(watch.look());
        assert!(!watch.look() && !watch.look());
    }

    #[test]
    fn files_that_go_and_come_are_changes() {
        let place = Place::new();
        let mut watch = IdentityWatch::new(place.files.clone());
        fs::remove_file(&place.files.key).unwrap();
        assert_eq!([watch.look(), watch.look(), watch.look()], [false, true, false]);
        place.replace(&place.files.key, "two");
        assert_eq!([watch.look(), watch.look(), watch.look()], [false, true, false]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_a_change() {
        let place = Place::new();
        let link = place.folder.path().join("link.pem");
        std::os::unix::fs::symlink(&place.files.key, &link).unwrap();
        let mut watch = IdentityWatch::new(IdentityFiles {
            certificates: place.files.certificates.clone(),
            key: link.clone(),
        });
        let other = place.folder.path().join("other.pem");
        place.replace(&other, "two");
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert_eq!([watch.look(), watch.look()], [false, true]);
    }
}
