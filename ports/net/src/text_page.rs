//! Serves one page of plain text over HTTP/1.1 without TLS, for programs on this
//! machine that read it again and again. What it says is left to the caller.

use crate::Shutdown;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// More readers than this at once wait.
const MOST_READERS: usize = 16;

/// A reader that takes longer to say what it wants is let go.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// How long accepting rests when the operating system has no more to give.
const REST: Duration = Duration::from_millis(100);

/// What a reader gets at `path`; anything else is 404.
#[derive(Clone)]
pub struct TextPage {
    /// With the leading slash.
    pub path: &'static str,
    /// The media type.
    pub content_type: &'static str,
    /// Writes the page anew for each reader.
    pub text: Arc<dyn Fn() -> String + Send + Sync>,
}

impl fmt::Debug for TextPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextPage")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl TextPage {
    /// Serves the page until a stop is asked for.
    pub async fn serve(self, listener: TcpListener, mut shutdown: Shutdown) {
        let mut readers = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.requested() => return,
                Some(_) = readers.join_next(), if !readers.is_empty() => {}
                accepted = listener.accept(), if readers.len() < MOST_READERS => match accepted {
                    Ok((stream, _)) => drop(readers.spawn(self.clone().answer(stream))),
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        tokio::time::sleep(REST).await;
                    }
                },
            }
        }
    }

    /// One reader, one page: a connection that stays open would hold its place.
    async fn answer(self, stream: TcpStream) {
        let service = service_fn(|request| {
            let response = self.response(&request);
            async { Ok::<_, Infallible>(response) }
        });
        let served = hyper::server::conn::http1::Builder::new()
            .keep_alive(false)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = served.await {
            tracing::debug!(%error, "a reader left early");
        }
    }

    fn response(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let is_asked_for = request.uri().path() == self.path && request.method() == Method::GET;
        let (status, content_type, text) = if is_asked_for {
            (StatusCode::OK, self.content_type, (self.text)())
        } else {
            let text = format!("only GET {} is served here\n", self.path);
            (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", text)
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let value = header::HeaderValue::from_static(content_type);
        response.headers_mut().insert(header::CONTENT_TYPE, value);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stopper;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn the_page_is_at_its_path_and_nothing_else_is_anywhere() {
        let listener = crate::listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (_stopper, shutdown) = Stopper::new();
        let page = TextPage {
            path: "/metrics",
            content_type: "text/plain; version=0.0.4",
            text: Arc::new(|| "counted 3\n".to_owned()),
        };
        tokio::spawn(page.serve(listener, shutdown));

        let found = read(address, "GET /metrics HTTP/1.1").await;
        let other = read(address, "GET / HTTP/1.1").await;
        let posted = read(address, "POST /metrics HTTP/1.1").await;

        assert!(found.starts_with("HTTP/1.1 200"), "{found}");
        assert!(found.contains("content-type: text/plain; version=0.0.4\r\n"));
        assert!(found.ends_with("\r\n\r\ncounted 3\n"), "{found}");
        assert!(other.starts_with("HTTP/1.1 404"), "{other}");
        assert!(posted.starts_with("HTTP/1.1 404"), "{posted}");
    }

    async fn read(address: std::net::SocketAddr, line: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{line}\r\nHost: here\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
