//! Decides when the server's own certificate is good enough, and makes a new
//! one when it is not.

use super::{Authority, AuthorityError, CLOCK_SLACK, files, make_error};
use hopsight_kit::{Fingerprint, Timestamp};
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

const LIFE: Duration = Duration::from_secs(90 * 24 * 3600);
const RENEWED_BEFORE_END: Duration = Duration::from_secs(30 * 24 * 3600);
/// Certificate and key in one file, so that they change together.
const FILE: &str = "server.pem";

/// What a server shows when a client connects, with the key that proves it.
pub struct ServerIdentity {
    /// The server's certificate first, the authority's last.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key that belongs to the first certificate.
    pub key: PrivateKeyDer<'static>,
    /// When the first certificate ends.
    pub expires: Timestamp,
}

impl ServerIdentity {
    /// An identity that somebody else issued: certificates (the server's own
    /// first) and key as PEM. `origin` names the files in errors.
    ///
    /// # Errors
    /// When there is no certificate or no key in the texts.
    pub fn from_pem(chain_pem: &str, key_pem: &str, origin: &Path) -> Result<Self, AuthorityError> {
        let damaged = |detail: &str| AuthorityError::Damaged {
            path: origin.to_owned(),
            detail: detail.to_owned(),
        };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| damaged("its certificates are not in PEM form"))?;
        let first = chain.first();
        let first = first.ok_or_else(|| damaged("it holds no certificate in PEM form"))?;
        let (expires, _) = expiry_and_key(first).map_err(|detail| damaged(&detail))?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
            .map_err(|_| damaged("it holds no private key in PEM form"))?;
        Ok(Self {
            chain,
            key,
            expires,
        })
    }
}

impl ServerIdentity {
    /// SHA-256 of the certificate that a client is shown first.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let first = self.chain.first().map_or(&[][..], |leaf| leaf.as_ref());
        Fingerprint(Sha256::digest(first).into())
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity")
            .field("certificates", &self.chain.len())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

pub(super) fn load_or_make(
    authority: &Authority,
    names: &[String],
    now: Timestamp,
) -> Result<ServerIdentity, AuthorityError> {
    let names = names
        .iter()
        .map(|name| subject(name))
        .collect::<Result<Vec<_>, _>>()?;
    let path = authority.directory.join(FILE);
    if let Some(kept) = files::read_private(&path)?
        && let Ok(identity) = ServerIdentity::from_pem(kept.reveal(), kept.reveal(), &path)
        && is_good(&identity, authority, &names, now)
    {
        return Ok(identity);
    }
    let text = make(authority, &names, now)?;
    files::write_private(&path, &text)?;
    let identity = ServerIdentity::from_pem(&text, &text, &path)?;
    tracing::info!(names = names.len(), path = %path.display(), "made a certificate for this server");
    Ok(identity)
}

fn make(
    authority: &Authority,
    names: &[SanType],
    now: Timestamp,
) -> Result<String, AuthorityError> {
    let key = KeyPair::generate().map_err(make_error)?;
    let seconds = now.unix_seconds();
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "Hopsight server");
    parameters.subject_alt_names = names.to_vec();
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.use_authority_key_identifier_extension = true;
    parameters.serial_number = Some(serial());
    parameters.not_before = date(seconds, -CLOCK_SLACK.as_secs().cast_signed())?;
    let end = (now + LIFE).min(authority.expires);
    parameters.not_after = date(end.unix_seconds(), 0)?;
    let certificate = parameters
        .signed_by(&key, &authority.issuer)
        .map_err(make_error)?;
    Ok([
        certificate.pem(),
        authority.certificate_pem.clone(),
        key.serialize_pem(),
    ]
    .concat())
}

/// Browsers refuse two certificates of one issuer with the same number.
fn serial() -> SerialNumber {
    let mut bytes = [0; 16];
    hopsight_kit::Random::fill(&mut crate::Entropy, &mut bytes);
    // A leading zero bit and a set one after it keep the number positive and
    // its length fixed (RFC 5280, section 4.1.2.2).
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7F) | 0x40;
    }
    SerialNumber::from_slice(&bytes)
}

fn is_good(
    identity: &ServerIdentity,
    authority: &Authority,
    names: &[SanType],
    now: Timestamp,
) -> bool {
    let [certificate, issuer] = identity.chain.as_slice() else {
        return false;
    };
    let wanted: BTreeSet<_> = names.iter().map(written).collect();
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return false;
    };
    let lasts =
        now + RENEWED_BEFORE_END < identity.expires || identity.expires == authority.expires;
    *issuer == authority.certificate && lasts && names_in(&parsed) == Some(wanted)
}

fn names_in(certificate: &X509Certificate<'_>) -> Option<BTreeSet<String>> {
    let extension = certificate.subject_alternative_name().ok()??;
    let name = |general: &GeneralName<'_>| {
        if let GeneralName::DNSName(name) = general {
            return Some((*name).to_owned());
        }
        if let GeneralName::IPAddress(bytes) = general {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            return address.ok().map(|address| address.to_string());
        }
        None
    };
    extension.value.general_names.iter().map(name).collect()
}

fn written(name: &SanType) -> String {
    if let SanType::DnsName(name) = name {
        return name.as_str().to_owned();
    }
    if let SanType::IpAddress(address) = name {
        return address.to_string();
    }
    String::new()
}

fn subject(name: &str) -> Result<SanType, AuthorityError> {
    let refused = || AuthorityError::Name {
        name: name.to_owned(),
    };
    match ServerName::try_from(name).map_err(|_| refused())? {
        ServerName::IpAddress(_) => name.parse().map(SanType::IpAddress).map_err(|_| refused()),
        ServerName::DnsName(name) => Ia5String::try_from(name.as_ref().to_ascii_lowercase())
            .map(SanType::DnsName)
            .map_err(|_| refused()),
        _ => Err(refused()),
    }
}

pub(super) fn first_certificate(pem: &str) -> Option<CertificateDer<'static>> {
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}

/// When a certificate ends, and the public key in it.
pub(super) fn expiry_and_key(
    certificate: &CertificateDer<'_>,
) -> Result<(Timestamp, Vec<u8>), String> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let end = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
    let key = parsed.public_key().subject_public_key.data.to_vec();
    Ok((Timestamp::from_unix_seconds(end), key))
}

pub(super) fn date(unix_seconds: u64, change: i64) -> Result<OffsetDateTime, AuthorityError> {
    let seconds = i64::try_from(unix_seconds)
        .unwrap_or(i64::MAX)
        .saturating_add(change);
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| AuthorityError::Make {
        detail: error.to_string(),
    })
}
