//! Decides how a connection looks to whoever takes it over: bytes in both
//! directions, whether TLS is around them or not, beginning with those that
//! were read to find out what they are.

use bytes::{Buf, Bytes};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

/// A connection that was sorted. It counts against the accept limits until it
/// is dropped.
pub struct ByteStream {
    peeked: Bytes,
    inner: Inner,
    guard: Option<Box<dyn Send + Sync>>,
}

enum Inner {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl ByteStream {
    pub(crate) fn plain(stream: TcpStream) -> Self {
        Self::new(Inner::Plain(stream), Bytes::new())
    }

    pub(crate) fn tls(stream: impl Into<TlsStream<TcpStream>>, peeked: Bytes) -> Self {
        Self::new(Inner::Tls(Box::new(stream.into())), peeked)
    }

    /// The stream, with something that is dropped together with it.
    pub(crate) fn guarded(mut self, guard: impl Send + Sync + 'static) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    const fn new(inner: Inner, peeked: Bytes) -> Self {
        Self {
            peeked,
            inner,
            guard: None,
        }
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.inner {
            Inner::Plain(_) => "plain",
            Inner::Tls(_) => "tls",
        };
        f.debug_struct("ByteStream")
            .field("kind", &kind)
            .field("peeked", &self.peeked.len())
            .field("counted", &self.guard.is_some())
            .finish()
    }
}

impl AsyncRead for ByteStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.peeked.has_remaining() {
            let length = self.peeked.len().min(buffer.remaining());
            buffer.put_slice(&self.peeked.split_to(length));
            return Poll::Ready(Ok(()));
        }
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Inner::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for ByteStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Inner::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_flush(context),
            Inner::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Inner::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
