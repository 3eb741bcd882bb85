//! Decides whose word makes this server trusted: a private certificate
//! authority that is made at the first start and kept in the state directory.
//!
//! Links carry the fingerprint of its certificate; its key never leaves the
//! directory and is readable by its owner only. Names from a public authority
//! are served with [`ServerIdentity::from_pem`].

mod files;
mod leaf;

use hopsight_kit::{Fingerprint, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use leaf::ServerIdentity;

/// How long the authority itself is good for.
const LIFE: Duration = Duration::from_secs(3650 * 24 * 3600);
/// Clocks of clients may be behind by so much.
const CLOCK_SLACK: Duration = Duration::from_secs(24 * 3600);
const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";

/// A private certificate authority with its key.
#[derive(Debug)]
pub struct Authority {
    directory: PathBuf,
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
    expires: Timestamp,
}

/// A certificate that could not be made, kept or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file is not what it should be.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The authority's time is over.
    #[error("the certificate authority in {} has expired", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
    },
    /// The certificate is there and its key is not.
    #[error("{} is missing, but its certificate is there", path.display())]
    KeyMissing {
        /// The file that is missing.
        path: PathBuf,
    },
    /// A certificate could not be made.
    #[error("could not make a certificate: {detail}")]
    Make {
        /// Why.
        detail: String,
    },
    /// A text is neither a host name nor an IP address.
    #[error("`{name}` can stand in no certificate: it is neither a host name nor an IP address")]
    Name {
        /// The text.
        name: String,
    },
    /// A file could not be read.
    #[error("could not read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("could not write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl AuthorityError {
    /// Whether the same call can succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        false
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => {
                "Restore the file from a backup; or move it away, and a new one is made (a new authority makes old links useless)."
            }
            Self::Expired { .. } => {
                "Move ca.pem and ca-key.pem away and start again; then hand out the new fingerprint."
            }
            Self::KeyMissing { .. } => {
                "Restore the key from a backup; or move ca.pem away, and a new authority is made."
            }
            Self::Make { .. } => "Report this as a fault of the program.",
            Self::Name { .. } => "Correct the name in the configuration.",
            Self::Read { .. } | Self::Write { .. } => {
                "Check that the state directory exists and belongs to the user that runs the server, and that the disk has room."
            }
        }
    }
}

impl Authority {
    /// Loads the authority that is kept in `directory`, or makes one there when
    /// there is none. Reads and writes files, and blocks while it does.
    ///
    /// # Errors
    /// When the files cannot be used; an authority is never overwritten.
    pub fn open_or_make(directory: &Path, now: Timestamp) -> Result<Self, AuthorityError> {
        files::make_directory(directory)?;
        let Some(certificate_pem) = files::read(&directory.join(CERTIFICATE_FILE))? else {
            return Self::make(directory, now);
        };
        let key_path = directory.join(KEY_FILE);
        let Some(key_pem) = files::read_private(&key_path)? else {
            return Err(AuthorityError::KeyMissing { path: key_path });
        };
        let authority = Self::assemble(directory, certificate_pem, key_pem.reveal())?;
        if authority.expires <= now {
            let path = directory.join(CERTIFICATE_FILE);
            return Err(AuthorityError::Expired { path });
        }
        Ok(authority)
    }

    /// The server's certificate for these names and IP addresses: the one that
    /// is kept if it fits and lasts for another 30 days, otherwise a new one
    /// for 90 days, which is kept in its place.
    ///
    /// # Errors
    /// When a name can stand in no certificate, or the files cannot be used.
    pub fn server_identity(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<ServerIdentity, AuthorityError> {
        leaf::load_or_make(self, names, now)
    }

    /// SHA-256 of the authority's certificate, as links carry it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(&self.certificate).into())
    }

    /// The authority's certificate for whoever wants to trust it by file.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    fn make(directory: &Path, now: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate().map_err(make_error)?;
        let mark: String = Sha256::digest(key.public_key_raw())
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut parameters = CertificateParams::default();
        let name = format!("Hopsight private authority {mark}");
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters.not_before =
            leaf::date(now.unix_seconds(), -CLOCK_SLACK.as_secs().cast_signed())?;
        parameters.not_after = leaf::date(now.unix_seconds(), LIFE.as_secs().cast_signed())?;
        let certificate = parameters.self_signed(&key).map_err(make_error)?;
        // The key first: a crash between the two leaves no certificate without
        // a key behind, and the next start makes both anew.
        files::write_private(&directory.join(KEY_FILE), &key.serialize_pem())?;
        files::write(&directory.join(CERTIFICATE_FILE), &certificate.pem())?;
        let authority = Self::assemble(directory, certificate.pem(), &key.serialize_pem())?;
        let fingerprint = authority.fingerprint();
        tracing::info!(%fingerprint, directory = %directory.display(), "made a private certificate authority");
        Ok(authority)
    }

    fn assemble(
        directory: &Path,
        certificate_pem: String,
        key_pem: &str,
    ) -> Result<Self, AuthorityError> {
        let path = directory.join(CERTIFICATE_FILE);
        let damaged = |detail: String| AuthorityError::Damaged {
            path: path.clone(),
            detail,
        };
        let certificate = leaf::first_certificate(&certificate_pem)
            .ok_or_else(|| damaged("it holds no certificate in PEM form".to_owned()))?;
        let key = KeyPair::from_pem(key_pem).map_err(|_| AuthorityError::Damaged {
            path: directory.join(KEY_FILE),
            detail: "it holds no private key in PEM form".to_owned(),
        })?;
        let (expires, public_key) = leaf::expiry_and_key(&certificate).map_err(damaged)?;
        if public_key != key.public_key_raw() {
            return Err(damaged(
                "it does not belong to the key beside it".to_owned(),
            ));
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key)
            .map_err(|error| damaged(error.to_string()))?;
        Ok(Self {
            directory: directory.to_owned(),
            certificate,
            certificate_pem,
            issuer,
            expires,
        })
    }
}

// Serves as `map_err`'s function, which hands the error over.
#[expect(clippy::needless_pass_by_value, reason = "given to map_err by name")]
fn make_error(error: rcgen::Error) -> AuthorityError {
    AuthorityError::Make {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
