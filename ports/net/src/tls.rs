//! Decides how TLS is spoken and who is believed: the only place where TLS
//! configurations are built. One provider (aws-lc-rs), named at each one, so
//! that no process-wide default is needed.

mod pinned;
mod watching;

use crate::ServerIdentity;
use hopsight_kit::{Fingerprint, FingerprintError};
use pinned::Pinned;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
pub use rustls::{ClientConfig, ServerConfig};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use watching::Watching;
pub(crate) use watching::{Notes, Seen};

/// What is spoken inside TLS, as the client announces it (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alpn {
    /// HTTP/1.1, and WebSocket over it.
    Http,
    /// SIP.
    Sip,
    /// STUN and TURN (RFC 7443).
    Turn,
}

impl Alpn {
    /// The protocol's registered name on the wire.
    #[must_use]
    pub const fn wire_name(self) -> &'static [u8] {
        match self {
            Self::Http => b"http/1.1",
            Self::Sip => b"sip",
            Self::Turn => b"stun.turn",
        }
    }

    /// The protocol of that name, if it is one of ours.
    #[must_use]
    pub fn from_wire_name(name: &[u8]) -> Option<Self> {
        [Self::Http, Self::Sip, Self::Turn]
            .into_iter()
            .find(|protocol| protocol.wire_name() == name)
    }
}

/// Whom a client believes to be the server it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The authority whose certificate has this fingerprint. The server must
    /// present that certificate at the end of its chain.
    Authority(Fingerprint),
    /// These authorities.
    Roots(Vec<CertificateDer<'static>>),
}

/// Something that should say whom to trust and does not.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A file holds no certificate in PEM form.
    #[error("{} holds no certificate in PEM form", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A text starts as a fingerprint and does not go on as one.
    #[error("`{text}` is no fingerprint: {source}")]
    Fingerprint {
        /// The text.
        text: String,
        /// How one is written.
        #[source]
        source: FingerprintError,
    },
    /// A file could not be read.
    #[error("could not read the certificate file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// A TLS configuration that cannot be built.
#[derive(Clone, Debug, thiserror::Error)]
#[error("could not set TLS up: {0}")]
pub struct TlsError(#[from] rustls::Error);

impl Trust {
    /// Reads what people type after `--ca`: `sha256:…` or the name of a PEM
    /// file.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(text: &str) -> Result<Self, TrustError> {
        if text.starts_with("sha256:") {
            let parsed = text.parse().map_err(|source| TrustError::Fingerprint {
                text: text.to_owned(),
                source,
            });
            return parsed.map(Self::Authority);
        }
        let path = PathBuf::from(text);
        let pem = match std::fs::read(&path) {
            Ok(pem) => pem,
            Err(source) => return Err(TrustError::Read { path, source }),
        };
        Self::from_pem(&pem).ok_or(TrustError::Empty { path })
    }

    /// Trusts the authorities in a PEM text; none when there is not one.
    #[must_use]
    pub fn from_pem(pem: &[u8]) -> Option<Self> {
        let roots: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .ok()?;
        (!roots.is_empty()).then_some(Self::Roots(roots))
    }
}

/// The server's side: TLS 1.2 and 1.3, the three protocols of [`Alpn`], and
/// clients that announce none.
///
/// # Errors
/// When key and certificate do not belong together.
pub fn server_config(identity: &ServerIdentity) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(identity.chain.clone(), identity.key.clone_key())?;
    // In the order of preference: who offers TURN beside HTTP, as coturn's client
    // does, wants TURN; browsers do not offer it.
    config.alpn_protocols = [Alpn::Turn, Alpn::Http, Alpn::Sip]
        .map(|protocol| protocol.wire_name().to_vec())
        .to_vec();
    Ok(Arc::new(config))
}

/// The client's side. The server's certificate must be good for the name or
/// address that the client connects to.
///
/// # Errors
/// When an authority's certificate cannot be used.
pub fn client_config(trust: &Trust, protocol: Option<Alpn>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut config = believing(verifier(trust)?)?;
    config.alpn_protocols = protocol
        .map(|protocol| protocol.wire_name().to_vec())
        .into_iter()
        .collect();
    Ok(Arc::new(config))
}

/// As [`client_config`] for HTTP, and where the certificate of the next
/// handshake is noted, believed or not.
pub(crate) fn watching(trust: &Trust) -> Result<(Arc<ClientConfig>, Notes), TlsError> {
    let notes = Notes::default();
    let watching = Watching {
        inner: verifier(trust)?,
        notes: notes.clone(),
    };
    let mut config = believing(Arc::new(watching))?;
    config.alpn_protocols = vec![Alpn::Http.wire_name().to_vec()];
    Ok((Arc::new(config), notes))
}

fn believing(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, TlsError> {
    let builder =
        ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn verifier(trust: &Trust) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    match trust {
        Trust::Authority(fingerprint) => Ok(Arc::new(Pinned::new(*fingerprint, provider()))),
        Trust::Roots(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots.add(certificate.clone())?;
            }
            let roots = Arc::new(roots);
            let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider());
            let verifier = verifier
                .build()
                .map_err(|error| rustls::Error::General(error.to_string()))?;
            Ok(verifier)
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_and_a_missing_file_are_told_apart() {
        let text = format!("sha256:{}", "0f".repeat(32));
        let trust = Trust::read(&text).unwrap();
        assert_eq!(trust, Trust::Authority(Fingerprint([0x0f; 32])));

        let half = Trust::read("sha256:0f").unwrap_err();
        assert!(matches!(half, TrustError::Fingerprint { .. }));
        let missing = Trust::read("/nonexistent/ca.pem").unwrap_err();
        assert!(matches!(missing, TrustError::Read { .. }));
    }

    #[test]
    fn a_text_without_a_certificate_trusts_nobody() {
        assert_eq!(Trust::from_pem(b"nothing here"), None);
    }

    #[test]
    fn each_protocol_is_found_by_its_name() {
        for protocol in [Alpn::Http, Alpn::Sip, Alpn::Turn] {
            assert_eq!(Alpn::from_wire_name(protocol.wire_name()), Some(protocol));
        }
        assert_eq!(Alpn::from_wire_name(b"h2"), None);
    }
}
