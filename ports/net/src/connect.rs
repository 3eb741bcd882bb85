//! Decides how a client reaches its server over TLS, and says at which step
//! and against which address it failed.

use crate::tls::{Alpn, ClientConfig, TlsError, client_config};
use crate::{ByteStream, ServerAddress, Trust};
use bytes::Bytes;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const TCP_LIMIT: Duration = Duration::from_secs(5);
const TLS_LIMIT: Duration = Duration::from_secs(5);

/// A server that could not be reached, or is not the one that was meant.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name of the server has no address.
    #[error("could not find an address for {server}: {source}")]
    Name {
        /// The server.
        server: ServerAddress,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// The server does not speak the protocol on that port.
    #[error("{server} ({address}) is reached, but does not speak {protocol} there")]
    Protocol {
        /// The server.
        server: ServerAddress,
        /// The address that was tried.
        address: SocketAddr,
        /// What was to be spoken.
        protocol: &'static str,
    },
    /// The connection was refused, or no way leads there.
    #[error("could not connect to {server} ({address}): {source}")]
    Tcp {
        /// The server.
        server: ServerAddress,
        /// The last address that was tried.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Nothing came back.
    #[error("{server} ({address}) gave no answer to {step} within {waited:?}")]
    Silent {
        /// The server.
        server: ServerAddress,
        /// The last address that was tried.
        address: SocketAddr,
        /// What was not answered.
        step: &'static str,
        /// How long was waited.
        waited: Duration,
    },
    /// The TLS handshake failed for another reason than trust.
    #[error("the TLS handshake with {server} ({address}) failed: {source}")]
    Tls {
        /// The server.
        server: ServerAddress,
        /// The address that was tried.
        address: SocketAddr,
        /// What TLS said.
        #[source]
        source: io::Error,
    },
    /// Our own TLS configuration cannot be built.
    #[error("could not prepare the connection to {server}: {source}")]
    Trust {
        /// The server.
        server: ServerAddress,
        /// Why.
        #[source]
        source: TlsError,
    },
    /// The server's certificate does not prove that it is the server meant.
    #[error("{server} ({address}) cannot be trusted: {reason}")]
    Untrusted {
        /// The server.
        server: ServerAddress,
        /// The address that was tried.
        address: SocketAddr,
        /// What is wrong with its certificate.
        reason: String,
    },
}

impl ConnectError {
    /// Whether the same call can succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Name { .. } | Self::Silent { .. } | Self::Tcp { .. } | Self::Tls { .. } => true,
            Self::Protocol { .. } | Self::Trust { .. } | Self::Untrusted { .. } => false,
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Name { .. } => "Check the spelling of the server's name and this machine's DNS.",
            Self::Protocol { .. } | Self::Tls { .. } => {
                "Check that host and port are those of a Hopsight server."
            }
            Self::Silent { .. } => {
                "Check that the server runs and that no firewall on the way drops its port."
            }
            Self::Tcp { .. } => "Check host and port, and that the server runs.",
            Self::Trust { .. } => "Check the certificate file given with --ca.",
            Self::Untrusted { .. } => {
                "Ask the server's administrator for the present fingerprint (it stands behind #ca= in every share link and in the server's log line `ready`), and do not go on if it differs from the one you were given."
            }
        }
    }
}

/// A TLS connection to a server.
pub(crate) struct Connected {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

pub(crate) async fn connect(
    server: &ServerAddress,
    config: Arc<ClientConfig>,
) -> Result<Connected, ConnectError> {
    let stream = connect_tcp(server).await?;
    // Small messages must not wait for each other; failing only costs time.
    let _slower = stream.set_nodelay(true);
    let (local, remote) = match (stream.local_addr(), stream.peer_addr()) {
        (Ok(local), Ok(remote)) => (local, remote),
        (Err(source), _) | (_, Err(source)) => {
            return Err(ConnectError::Name {
                server: server.clone(),
                source,
            });
        }
    };
    let stream = connect_tls(server, config, stream, remote).await?;
    Ok(Connected {
        stream,
        local,
        remote,
    })
}

/// Connects to a server for whoever passes on what somebody else says.
///
/// # Errors
/// When the server cannot be reached or cannot be trusted.
pub async fn connect_stream(
    server: &ServerAddress,
    trust: &Trust,
    protocol: Alpn,
) -> Result<ByteStream, ConnectError> {
    let config = client_config(trust, Some(protocol));
    let config = config.map_err(|source| ConnectError::Trust {
        server: server.clone(),
        source,
    })?;
    let connected = connect(server, config).await?;
    Ok(ByteStream::tls(connected.stream, Bytes::new()))
}

async fn connect_tcp(server: &ServerAddress) -> Result<TcpStream, ConnectError> {
    let no_address = |source| ConnectError::Name {
        server: server.clone(),
        source,
    };
    let addresses = tokio::net::lookup_host((server.host.as_str(), server.port))
        .await
        .map_err(no_address)?;
    let mut failure = no_address(io::Error::from(io::ErrorKind::NotFound));
    for address in addresses {
        match timeout(TCP_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(source)) => {
                failure = ConnectError::Tcp {
                    server: server.clone(),
                    address,
                    source,
                }
            }
            Err(_elapsed) => {
                failure = ConnectError::Silent {
                    server: server.clone(),
                    address,
                    step: "a TCP connection",
                    waited: TCP_LIMIT,
                }
            }
        }
    }
    Err(failure)
}

pub(crate) async fn connect_tls(
    server: &ServerAddress,
    config: Arc<ClientConfig>,
    stream: TcpStream,
    address: SocketAddr,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let name = ServerName::try_from(server.host.clone()).map_err(|_| ConnectError::Name {
        server: server.clone(),
        source: io::Error::from(io::ErrorKind::InvalidInput),
    })?;
    let handshake = TlsConnector::from(config).connect(name, stream);
    match timeout(TLS_LIMIT, handshake).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(source)) => Err(tls_error(server, address, source)),
        Err(_elapsed) => Err(ConnectError::Silent {
            server: server.clone(),
            address,
            step: "the TLS handshake",
            waited: TLS_LIMIT,
        }),
    }
}

fn tls_error(server: &ServerAddress, address: SocketAddr, source: io::Error) -> ConnectError {
    let server = server.clone();
    let tls = source
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidCertificate(reason)) = tls {
        return ConnectError::Untrusted {
            reason: untrusted(reason),
            server,
            address,
        };
    }
    if let Some(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol)) = tls
    {
        return ConnectError::Protocol {
            server,
            address,
            protocol: "this protocol",
        };
    }
    ConnectError::Tls {
        server,
        address,
        source,
    }
}

/// Why a certificate is not believed, as a phrase about it.
pub(crate) fn untrusted(reason: &rustls::CertificateError) -> String {
    if let rustls::CertificateError::Other(other) = reason {
        return other.0.to_string();
    }
    if let rustls::CertificateError::UnknownIssuer = reason {
        return "its certificate was not issued by an authority that you trust".to_owned();
    }
    reason.to_string()
}
