//! What the stories share: a server with an authority of its own.

use hopsight_kit::Timestamp;
use hopsight_net::tls::{ClientConfig, server_config};
use hopsight_net::{
    Accepted, Authority, OnePort, OnePortSettings, ServerAddress, ServerIdentity, Stopper, Trust,
};
use hopsight_testkit::Folder;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A server for `localhost` and 127.0.0.1, on a free port of loopback.
pub(crate) struct House {
    pub(crate) port: OnePort,
    pub(crate) address: SocketAddr,
    pub(crate) authority: Authority,
    pub(crate) stopper: Stopper,
    _folder: Folder,
}

impl House {
    pub(crate) fn open(settings: OnePortSettings) -> Self {
        let folder = Folder::new();
        let authority = Authority::open_or_make(folder.path(), now()).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let identity = authority.server_identity(&names, now()).unwrap();
        Self::with_identity(settings, authority, &identity, folder)
    }

    pub(crate) fn with_identity(
        settings: OnePortSettings,
        authority: Authority,
        identity: &ServerIdentity,
        folder: Folder,
    ) -> Self {
        let tls = server_config(identity).unwrap();
        let (stopper, shutdown) = Stopper::new();
        let loopback = ["127.0.0.1:0".parse().unwrap()];
        let port = OnePort::open(&loopback, tls, settings, &shutdown).unwrap();
        let address = port.addresses()[0];
        Self {
            port,
            address,
            authority,
            stopper,
            _folder: folder,
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::Authority(self.authority.fingerprint())
    }

    pub(crate) fn named(&self, host: &str) -> ServerAddress {
        ServerAddress {
            host: host.to_owned(),
            port: self.address.port(),
        }
    }

    pub(crate) async fn accept(&mut self) -> Accepted {
        self.port.accept().await.unwrap()
    }

    pub(crate) async fn connect(&self, config: Arc<ClientConfig>) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let connector = TlsConnector::from(config);
        connector.connect(name, stream).await.unwrap()
    }
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_unix_seconds(since.as_secs())
}
