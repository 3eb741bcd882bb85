//! The server as a native endpoint speaks to it over HTTP: who it is, links,
//! sessions, relay grants. Decides nothing; errors say what was asked of whom.

use hopsight_evidence::Side;
use hopsight_kit::{Redacted, SessionId};
use hopsight_net::{ConnectError, Credentials, HttpClient, HttpError, ServerAddress, Trust};
use hopsight_sip::server::SessionPurpose;
use serde::Deserialize;
use serde_json::json;
use std::net::IpAddr;

/// Where the server is and whom to believe that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its address.
    pub address: ServerAddress,
    /// Whom to believe.
    pub trust: Trust,
}

/// Who signs in, and with which device secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account's name.
    pub name: String,
    /// The secret of this device.
    pub secret: Redacted<String>,
}

/// What the server says of itself.
#[derive(Debug, Deserialize)]
pub(crate) struct About {
    pub(crate) domain: String,
}

/// What the server says of whoever is signed in.
#[derive(Debug, Deserialize)]
pub(crate) struct Me {
    pub(crate) display_name: String,
    pub(crate) uri: String,
}

/// A share link that was made.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    pub(crate) url: String,
    pub(crate) uri: String,
    pub(crate) expires_at: String,
}

/// A share link that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The share's URI.
    pub uri: String,
    /// Whose desktop it is.
    pub by: String,
    /// As whom it was opened.
    pub account: Account,
}

/// A relay grant.
#[derive(Debug, Deserialize)]
pub(crate) struct Grant {
    pub(crate) urls: Vec<String>,
    pub(crate) username: String,
    pub(crate) password: Redacted<String>,
    /// Whether a port that this relay lends answers whoever holds it.
    #[serde(default)]
    pub(crate) lent_ports_answer: bool,
}

/// What the relay heard of this machine over UDP, and where it saw it.
#[derive(Debug, Deserialize)]
pub(crate) struct HeardByRelay {
    pub(crate) client: IpAddr,
    pub(crate) requests: u32,
}

#[derive(Deserialize)]
struct OpenedLink {
    uri: String,
    by: String,
    device: Device,
}

#[derive(Deserialize)]
struct OpenedByAccount {
    uri: String,
    by: String,
}

#[derive(Deserialize)]
struct Device {
    name: String,
    secret: Redacted<String>,
}

#[derive(Deserialize)]
struct Made {
    id: SessionId,
}

impl Server {
    /// Opens a share link as a new guest who is shown as `name`.
    ///
    /// # Errors
    /// When the server is not reached, or the link is over.
    pub async fn open_link_as_guest(
        &self,
        token: &Redacted<String>,
        name: &str,
    ) -> Result<Opened, HttpError> {
        let body = json!({"token": token.reveal(), "name": name, "device": true});
        let opened: OpenedLink = self.client(None)?.post(OPEN, &body).await?;
        let Device { name, secret } = opened.device;
        Ok(Opened {
            uri: opened.uri,
            by: opened.by,
            account: Account { name, secret },
        })
    }

    /// Opens a share link as somebody who has an account.
    ///
    /// # Errors
    /// When the server is not reached, the secret is wrong, or the link is
    /// over.
    pub async fn open_link(
        &self,
        token: &Redacted<String>,
        account: &Account,
    ) -> Result<Opened, HttpError> {
        let body = json!({"token": token.reveal()});
        let opened: OpenedByAccount = self.client(Some(account))?.post(OPEN, &body).await?;
        Ok(Opened {
            uri: opened.uri,
            by: opened.by,
            account: account.clone(),
        })
    }

    pub(crate) async fn about(&self) -> Result<About, HttpError> {
        self.client(None)?.get("/api/v1/about").await
    }

    pub(crate) async fn me(&self, account: &Account) -> Result<Me, HttpError> {
        self.client(Some(account))?.get("/api/v1/me").await
    }

    pub(crate) async fn make_link(&self, account: &Account) -> Result<Link, HttpError> {
        let client = self.client(Some(account))?;
        client.post("/api/v1/links", &json!({})).await
    }

    pub(crate) async fn make_session(
        &self,
        account: &Account,
        with: &str,
        role: Side,
        purpose: SessionPurpose,
    ) -> Result<SessionId, HttpError> {
        let body = match purpose {
            SessionPurpose::Share => json!({"with": with, "role": role}),
            SessionPurpose::Check => json!({"with": with, "role": role, "purpose": "check"}),
        };
        let client = self.client(Some(account))?;
        let made: Made = client.post("/api/v1/sessions", &body).await?;
        Ok(made.id)
    }

    pub(crate) async fn relay(
        &self,
        account: &Account,
        session: &SessionId,
    ) -> Result<Grant, HttpError> {
        let path = format!("/api/v1/sessions/{session}/relay");
        self.client(Some(account))?.post(&path, &json!({})).await
    }

    pub(crate) async fn relay_heard(
        &self,
        account: &Account,
        session: &SessionId,
    ) -> Result<HeardByRelay, HttpError> {
        let path = format!("/api/v1/sessions/{session}/relay/heard");
        self.client(Some(account))?.get(&path).await
    }

    fn client(&self, account: Option<&Account>) -> Result<HttpClient, HttpError> {
        let credentials = account.map(|account| Credentials {
            name: account.name.clone(),
            secret: account.secret.clone(),
        });
        let client = HttpClient::new(self.address.clone(), &self.trust, credentials);
        client.map_err(|source| {
            HttpError::Connect(ConnectError::Trust {
                server: self.address.clone(),
                source,
            })
        })
    }
}

const OPEN: &str = "/api/v1/links/open";
