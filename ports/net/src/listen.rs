//! Decides how a socket is opened for listening, and says in a sentence why it
//! could not be and what to do.

use hopsight_evidence::Transport;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// A socket that could not be opened for listening.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program listens there.
    #[error("cannot listen on {address} ({transport}): another program uses that port")]
    InUse {
        /// Where.
        address: SocketAddr,
        /// How.
        transport: Transport,
    },
    /// This machine has no such address.
    #[error("cannot listen on {address} ({transport}): this machine has no address {}", address.ip())]
    NoSuchAddress {
        /// Where.
        address: SocketAddr,
        /// How.
        transport: Transport,
    },
    /// Ports below 1024 need a right that this process does not have.
    #[error("cannot listen on {address} ({transport}): this process may not use port {}", address.port())]
    NotPermitted {
        /// Where.
        address: SocketAddr,
        /// How.
        transport: Transport,
    },
    /// The operating system refused for another reason.
    #[error("cannot listen on {address} ({transport}): {source}")]
    Refused {
        /// Where.
        address: SocketAddr,
        /// How.
        transport: Transport,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl ListenError {
    /// The error of a bind to `address`.
    #[must_use]
    pub fn of(address: SocketAddr, transport: Transport, source: io::Error) -> Self {
        // Other kinds of I/O errors are many and not ours: they keep their text.
        if source.kind() == io::ErrorKind::AddrInUse {
            return Self::InUse { address, transport };
        }
        if source.kind() == io::ErrorKind::AddrNotAvailable {
            return Self::NoSuchAddress { address, transport };
        }
        if source.kind() == io::ErrorKind::PermissionDenied {
            return Self::NotPermitted { address, transport };
        }
        Self::Refused {
            address,
            transport,
            source,
        }
    }

    /// Whether the same call can succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::InUse { .. } => true,
            Self::NoSuchAddress { .. } | Self::NotPermitted { .. } | Self::Refused { .. } => false,
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::InUse { address, .. } => {
                let port = address.port();
                format!(
                    "Stop the other program (`ss -lntup 'sport = :{port}'` names it), or choose another port in the configuration."
                )
            }
            Self::NoSuchAddress { .. } => {
                "Use 0.0.0.0 or [::] in the configuration, or one of the addresses that `ip address` lists.".to_owned()
            }
            Self::NotPermitted { address, .. } => format!(
                "Choose a port above 1023, or allow it: run as a service with AmbientCapabilities=CAP_NET_BIND_SERVICE, or set net.ipv4.ip_unprivileged_port_start={}.",
                address.port()
            ),
            Self::Refused { .. } => {
                "Check the address in the configuration and the limits of this process.".to_owned()
            }
        }
    }
}

/// Opens a TCP socket for listening. Must be called within a tokio runtime.
///
/// # Errors
/// When the socket cannot be had; the error tells why and what to do.
pub fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    open(address).map_err(|source| ListenError::of(address, Transport::Tcp, source))
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
    };
    // A restart must not wait for the old connections' TIME_WAIT to pass.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_said_so_with_what_to_do() {
        let first = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = first.local_addr().unwrap();

        let error = listen(address).unwrap_err();

        assert_eq!(
            error.to_string(),
            format!("cannot listen on {address} (tcp): another program uses that port")
        );
        assert!(error.remedy().contains(&address.port().to_string()));
    }

    #[test]
    fn a_port_below_1024_without_the_right_names_the_ways_out() {
        let address = "0.0.0.0:443".parse().unwrap();
        let refused = io::Error::from(io::ErrorKind::PermissionDenied);

        let error = ListenError::of(address, Transport::Tcp, refused);

        assert_eq!(
            error.to_string(),
            "cannot listen on 0.0.0.0:443 (tcp): this process may not use port 443"
        );
        assert!(!error.may_retry());
        assert!(error.remedy().contains("CAP_NET_BIND_SERVICE"));
    }

    #[tokio::test]
    async fn an_address_of_another_machine_is_said_so() {
        let error = listen("192.0.2.1:0".parse().unwrap()).unwrap_err();

        assert_eq!(
            error.to_string(),
            "cannot listen on 192.0.2.1:0 (tcp): this machine has no address 192.0.2.1"
        );
    }
}
