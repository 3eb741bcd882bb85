//! Decides what a server's certificate shows to whoever connects: its
//! fingerprint, and what is wrong with it by the same rules by which every
//! other connection believes or refuses it. Nothing is sent over the connection.

use crate::connect::{connect_tls, untrusted};
use crate::tls::{Seen, watching};
use crate::{ConnectError, ServerAddress, Trust};
use hopsight_evidence::{CertificateProblem, Observation};
use rustls::CertificateError;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the server may take to accept the connection.
const TCP_LIMIT: Duration = Duration::from_secs(2);

/// Connects to `server` at `address` and tells which certificate it shows and
/// whether `trust` believes it, as [`Observation::CertificateSeen`].
///
/// # Errors
/// When no certificate came to be seen.
pub async fn certificate_seen(
    server: &ServerAddress,
    address: SocketAddr,
    trust: &Trust,
) -> Result<Observation, ConnectError> {
    let (config, seen) = watching(trust).map_err(|source| ConnectError::Trust {
        server: server.clone(),
        source,
    })?;
    let stream = match timeout(TCP_LIMIT, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(source)) => {
            return Err(ConnectError::Tcp {
                server: server.clone(),
                address,
                source,
            });
        }
        Err(_elapsed) => {
            return Err(ConnectError::Silent {
                server: server.clone(),
                address,
                step: "a TCP connection",
                waited: TCP_LIMIT,
            });
        }
    };
    let outcome = connect_tls(server, config, stream, address).await;
    match seen.take() {
        Some(Seen { leaf, refusal }) => Ok(Observation::CertificateSeen {
            server: address,
            leaf: leaf.to_string().replace("sha256:", ""),
            problem: refusal.as_ref().map(problem),
            text: refusal.as_ref().map(untrusted).unwrap_or_default(),
        }),
        None => Err(outcome.err().unwrap_or_else(|| ConnectError::Protocol {
            server: server.clone(),
            address,
            protocol: "TLS with a certificate",
        })),
    }
}

/// The kind of a refusal. What is neither a matter of dates nor of names is one
/// of trust.
fn problem(refusal: &CertificateError) -> CertificateProblem {
    if matches!(
        refusal,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    ) {
        CertificateProblem::Expired
    } else if matches!(
        refusal,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }
    ) {
        CertificateProblem::NotYetValid
    } else if matches!(
        refusal,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        CertificateProblem::WrongName
    } else {
        CertificateProblem::Untrusted
    }
}
