//! Certificates and keys, from files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rtmp_core::tls::{Identity, PemError, Trusted};

/// Bytes of a file that is read. A system's bundle of all CAs has less than 300 kB.
const MAX_FILE: u64 = 4 << 20;

/// A file of certificates, or of a key, that can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It can't be read.
    #[error("cannot read {}: {}", path.display(), explain(source))]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{}: {source}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: PemError,
    },
    /// The certificate's file and the key's stand in each other's place.
    #[error("{}: {source}: are the two files mixed up?", path.display())]
    MixedUp {
        /// Which.
        path: PathBuf,
        /// What is in it.
        source: PemError,
    },
    /// One file is to have both, and has no key.
    #[error("{}: there are certificates and no private key, and no other file is named for it", path.display())]
    KeyMissing {
        /// Which.
        path: PathBuf,
    },
}

fn explain(error: &io::Error) -> String {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; let the server's user read it and the folders above it (`chgrp` to its group, `chmod g+r`), and nobody else"
        }
        io::ErrorKind::NotFound => {
            "; is the path right, seen from the folder that the program is started in?"
        }
        io::ErrorKind::IsADirectory => "; name the file, not its folder",
        _ => "",
    };
    format!("{error}{remedy}")
}

/// Reads an [`Identity`] from the file of its certificates (`fullchain.pem`) and that of its private key (`privkey.pem`);
/// they may be one. Whether it is of today is not asked: see [`Identity::check`].
///
/// # Errors
///
/// Which file it is, what is wrong with it, and what to do.
pub fn load_identity(certificates: &Path, key: &Path) -> Result<Identity, LoadError> {
    Identity::from_pem(&read(certificates)?, &read(key)?).map_err(|source| {
        let path = if source.is_of_key() { key } else { certificates }.to_owned();
        match source {
            PemError::CertificateForKey if key == certificates => LoadError::KeyMissing { path },
            PemError::CertificateForKey | PemError::KeyForCertificate if key != certificates => {
                LoadError::MixedUp { path, source }
            }
            source => LoadError::Pem { path, source },
        }
    })
}

/// Reads certificates that are to be trusted: a company's CA, a server's self-signed one, the system's bundle.
///
/// # Errors
///
/// What is wrong with the file, and what to do.
pub fn load_trusted(certificates: &Path) -> Result<Trusted, LoadError> {
    Trusted::from_pem(&read(certificates)?).map_err(|source| LoadError::Pem {
        path: certificates.to_owned(),
        source,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let read = || {
        let mut text = Vec::new();
        File::open(path)?.take(MAX_FILE).read_to_end(&mut text)?;
        Ok(text)
    };
    read().map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_in_what_is_wrong_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let made = rcgen::generate_simple_self_signed(["live.example".into()]).unwrap();
        let certificate = file("cert.pem", &made.cert.pem());
        let key = file("key.pem", &made.signing_key.serialize_pem());
        let other = rcgen::KeyPair::generate().unwrap();
        let other = file("other.pem", &other.serialize_pem());

        assert!(load_identity(&certificate, &key).unwrap().is_self_signed());
        load_trusted(&certificate).unwrap();
        let text = |result: Result<Identity, LoadError>| result.unwrap_err().to_string();
        let error = text(load_identity(&certificate, &other));
        assert!(
            error.contains("other.pem: the private key does not belong"),
            "{error}"
        );
        let error = text(load_identity(&key, &certificate));
        assert!(
            error.contains("key.pem: there is a private key") && error.contains("mixed up"),
            "{error}"
        );
        let error = text(load_identity(&certificate, &folder.path().join("none.pem")));
        assert!(
            error.contains("none.pem") && error.contains("is the path right"),
            "{error}"
        );
        let error = text(load_identity(folder.path(), &key));
        assert!(error.contains("not its folder"), "{error}");
        let error = text(load_identity(&certificate, &certificate));
        assert!(
            error.contains("no private key") && !error.contains("mixed up"),
            "{error}"
        );
        let error = load_trusted(&key).unwrap_err().to_string();
        assert!(
            error.contains("key.pem") && !error.contains("two files"),
            "{error}"
        );
    }

    #[test]
    fn who_may_not_read_a_file_is_told_what_to_do() {
        let denied = explain(&io::ErrorKind::PermissionDenied.into());
        assert!(denied.contains("chmod g+r"), "{denied}");
    }
}
