//! Notes which certificate a server shows and why it is refused, if it is. What
//! is believed stays exactly what the verifier behind it believes.

use super::pinned::fingerprint;
use hopsight_kit::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};

/// A certificate that was shown.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The fingerprint of the server's own certificate.
    pub(crate) leaf: Fingerprint,
    /// Why it was not believed.
    pub(crate) refusal: Option<CertificateError>,
}

/// Where the certificate of a handshake is noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Option<Seen>>>);

impl Notes {
    /// What was noted, once.
    pub(crate) fn take(&self) -> Option<Seen> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.take()
    }

    fn note(&self, seen: Seen) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }
}

/// A verifier that notes what another one decides about.
#[derive(Debug)]
pub(super) struct Watching {
    pub(super) inner: Arc<dyn ServerCertVerifier>,
    pub(super) notes: Notes,
}

impl ServerCertVerifier for Watching {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let outcome = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let refusal = outcome.as_ref().err().map(reason);
        self.notes.note(Seen {
            leaf: fingerprint(end_entity),
            refusal,
        });
        outcome
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Anything else than a refusal of the certificate means that it cannot be read.
fn reason(error: &Error) -> CertificateError {
    if let Error::InvalidCertificate(refusal) = error {
        return refusal.clone();
    }
    CertificateError::BadEncoding
}
