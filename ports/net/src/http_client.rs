//! Decides how a native endpoint asks its front end: JSON over HTTP/1.1 over
//! TLS, one connection for each request, with errors that say what was asked of
//! whom. What is asked is left to the endpoint.

use crate::connect::connect;
use crate::tls::{Alpn, ClientConfig, TlsError, client_config};
use crate::{ConnectError, ServerAddress, Trust};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hopsight_kit::Redacted;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long an answer may take after the connection stands.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// No answer of ours is longer.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Asks one server.
#[derive(Clone, Debug)]
pub struct HttpClient {
    server: ServerAddress,
    tls: Arc<ClientConfig>,
    credentials: Option<Credentials>,
}

/// Name and device secret of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The account's name.
    pub name: String,
    /// The device secret.
    pub secret: Redacted<String>,
}

/// A request: what was asked of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The server.
    pub server: ServerAddress,
    /// The HTTP method.
    pub method: Method,
    /// The path.
    pub path: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.method, self.server, self.path)
    }
}

/// A request that did not end well.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The server was reached and the exchange broke.
    #[error("{asked} broke off: {detail}")]
    Broken {
        /// What was asked of whom.
        asked: Box<Asked>,
        /// What went wrong.
        detail: String,
    },
    /// The server was not reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The answer is not what it should be.
    #[error("the answer to {asked} cannot be understood: {detail}")]
    NotUnderstood {
        /// What was asked of whom.
        asked: Box<Asked>,
        /// What is wrong with it.
        detail: String,
    },
    /// The server says no.
    #[error("{message} ({asked} was answered with {status})")]
    Refused {
        /// What was asked of whom.
        asked: Box<Asked>,
        /// The HTTP status.
        status: u16,
        /// The server's word for the reason.
        code: String,
        /// The server's sentence.
        message: String,
        /// What the server says to do.
        remedy: String,
    },
    /// No answer came.
    #[error("{asked} was not answered within {waited:?}")]
    Silent {
        /// What was asked of whom.
        asked: Box<Asked>,
        /// How long was waited.
        waited: Duration,
    },
}

impl HttpError {
    /// Whether the same request can succeed later without anybody's doing.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Broken { .. } | Self::Silent { .. } => true,
            Self::Connect(error) => error.may_retry(),
            Self::NotUnderstood { .. } => false,
            Self::Refused { status, .. } => matches!(*status, 429 | 500..),
        }
    }

    /// What to do about it, as a sentence.
    #[must_use]
    pub fn remedy(&self) -> &str {
        match self {
            Self::Broken { .. } | Self::Silent { .. } => {
                "Try again; if it lasts, look at the server's log."
            }
            Self::Connect(error) => error.remedy(),
            Self::NotUnderstood { .. } => {
                "Check that the address is that of a Hopsight server and that both sides run the same version."
            }
            Self::Refused { remedy, .. } => remedy,
        }
    }
}

impl HttpClient {
    /// A client for one server.
    ///
    /// # Errors
    /// When `trust` cannot be used.
    pub fn new(
        server: ServerAddress,
        trust: &Trust,
        credentials: Option<Credentials>,
    ) -> Result<Self, TlsError> {
        let tls = client_config(trust, Some(Alpn::Http))?;
        Ok(Self {
            server,
            tls,
            credentials,
        })
    }

    /// The same client with other credentials.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Asks for what stands at `path` (it begins with `/`).
    ///
    /// # Errors
    /// When the server is not reached, refuses, or answers something else.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        self.request(self.asked(Method::GET, path), None).await
    }

    /// Posts `body` to `path`. An answer without a body reads as JSON `null`.
    ///
    /// # Errors
    /// As [`HttpClient::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, HttpError> {
        let asked = self.asked(Method::POST, path);
        let json = serde_json::to_vec(body).map_err(|error| asked.broken(&error))?;
        self.request(asked, Some(json)).await
    }

    /// Removes what stands at `path`.
    ///
    /// # Errors
    /// As [`HttpClient::get`].
    pub async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        self.request(self.asked(Method::DELETE, path), None).await
    }

    /// The server that is asked.
    #[must_use]
    pub const fn server(&self) -> &ServerAddress {
        &self.server
    }

    async fn request<T: DeserializeOwned>(
        &self,
        asked: Asked,
        json: Option<Vec<u8>>,
    ) -> Result<T, HttpError> {
        let request = self.build(&asked, json)?;
        let connected = connect(&self.server, Arc::clone(&self.tls)).await?;
        let asking = ask(&asked, connected.stream, request);
        let (status, body) = timeout(ANSWER_LIMIT, asking)
            .await
            .map_err(|_elapsed| asked.silent())??;
        if !status.is_success() {
            return Err(asked.refused(status, &body));
        }
        let json = if body.is_empty() {
            b"null"
        } else {
            body.as_ref()
        };
        serde_json::from_slice(json).map_err(|error| asked.not_understood(&error))
    }

    fn build(
        &self,
        asked: &Asked,
        json: Option<Vec<u8>>,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        let mut builder = Request::builder()
            .method(asked.method.clone())
            .uri(&asked.path)
            .header(HOST, self.server.authority());
        if let Some(credentials) = &self.credentials {
            builder = builder.header(AUTHORIZATION, basic(credentials, asked)?);
        }
        if json.is_some() {
            builder = builder.header(CONTENT_TYPE, "application/json");
        }
        builder
            .body(Full::from(json.unwrap_or_default()))
            .map_err(|error| asked.broken(&error))
    }

    fn asked(&self, method: Method, path: &str) -> Asked {
        Asked {
            server: self.server.clone(),
            method,
            path: path.to_owned(),
        }
    }
}

/// HTTP Basic (RFC 7617), only ever inside TLS.
fn basic(credentials: &Credentials, asked: &Asked) -> Result<HeaderValue, HttpError> {
    let pair = format!("{}:{}", credentials.name, credentials.secret.reveal());
    let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let mut value = HeaderValue::from_str(&value).map_err(|error| asked.broken(&error))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn ask(
    asked: &Asked,
    stream: tokio_rustls::client::TlsStream<tokio::net::TcpStream>,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), HttpError> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| asked.broken(&error))?;
    let answering = async {
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((head.status, body.to_bytes()))
    };
    tokio::pin!(answering, connection);
    let answered = tokio::select! {
        answered = &mut answering => answered,
        // The connection ended first; what it brought may still be read.
        _ended = &mut connection => answering.await,
    };
    answered.map_err(|error| asked.broken(error.as_ref()))
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalReason,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalReason {
    code: String,
    message: String,
    remedy: String,
}

impl Asked {
    fn broken(&self, error: &dyn std::error::Error) -> HttpError {
        HttpError::Broken {
            asked: Box::new(self.clone()),
            detail: error.to_string(),
        }
    }

    fn not_understood(&self, error: &serde_json::Error) -> HttpError {
        HttpError::NotUnderstood {
            asked: Box::new(self.clone()),
            detail: error.to_string(),
        }
    }

    fn silent(&self) -> HttpError {
        HttpError::Silent {
            asked: Box::new(self.clone()),
            waited: ANSWER_LIMIT,
        }
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> HttpError {
        let said = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error);
        let said = said.unwrap_or_else(|_| RefusalReason {
            code: "unknown".to_owned(),
            message: status
                .canonical_reason()
                .unwrap_or("no reason given")
                .to_owned(),
            remedy: "Check that the address is that of a Hopsight server.".to_owned(),
        });
        HttpError::Refused {
            asked: Box::new(self.clone()),
            status: status.as_u16(),
            code: said.code,
            message: said.message,
            remedy: said.remedy,
        }
    }
}
