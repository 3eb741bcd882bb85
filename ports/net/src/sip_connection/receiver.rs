//! The way in: messages cut out of the stream, and the watch over silence.

use super::KeepAlive;
use super::sender::Ending;
use hopsight_sip::framing::{Framed, FramingError, PING, PONG, StreamReader};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

const PIECE: usize = 8 * 1024;

/// Gives the messages of one connection in the order in which they came.
pub struct SipReceiver {
    stream: Box<dyn AsyncRead + Send + Unpin>,
    reader: StreamReader,
    answers: mpsc::WeakSender<Vec<u8>>,
    ending: watch::Receiver<Option<Ending>>,
    watch: Watch,
    remote: SocketAddr,
    is_over: bool,
}

/// Why a connection gives nothing more. It is closed when this is returned, but
/// what waits to be sent (an answer to half a message) still goes out.
#[derive(Debug, thiserror::Error)]
pub enum SipConnectionError {
    /// What came is no SIP, or has no clear end.
    #[error("cannot read on what {remote} sends: {source}")]
    Framing {
        /// From whom.
        remote: SocketAddr,
        /// What is wrong, and the message as far as it goes.
        #[source]
        source: FramingError,
    },
    /// Reading failed.
    #[error("the connection with {remote} broke: {source}")]
    Read {
        /// From whom.
        remote: SocketAddr,
        /// What the operating system or TLS said.
        #[source]
        source: io::Error,
    },
    /// Nothing came for too long: no first message, no keep-alive, or no
    /// answer to ours.
    #[error("{remote} sent nothing for {waited:?}")]
    Silent {
        /// Who.
        remote: SocketAddr,
        /// How long was waited.
        waited: Duration,
    },
    /// Writing failed, or the other end took nothing for too long.
    #[error("could not send to {remote}: {source}")]
    Write {
        /// To whom.
        remote: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl SipConnectionError {
    /// Whether a new connection can fare better.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Framing { .. } => false,
            Self::Read { .. } | Self::Silent { .. } | Self::Write { .. } => true,
        }
    }
}

impl SipReceiver {
    pub(super) fn new(
        stream: Box<dyn AsyncRead + Send + Unpin>,
        reader: StreamReader,
        answers: mpsc::WeakSender<Vec<u8>>,
        ending: watch::Receiver<Option<Ending>>,
        keep_alive: KeepAlive,
        remote: SocketAddr,
    ) -> Self {
        Self {
            stream,
            reader,
            answers,
            ending,
            watch: Watch::start(keep_alive),
            remote,
            is_over: false,
        }
    }

    /// The next whole message; none when the connection has ended in order.
    /// Keep-alives are answered here. A call that is given up loses nothing.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, SipConnectionError>> {
        if self.is_over {
            return None;
        }
        let next = self.read_on().await;
        self.is_over = !matches!(next, Some(Ok(_)));
        next
    }

    /// The address of the other end.
    #[must_use]
    pub const fn remote(&self) -> SocketAddr {
        self.remote
    }

    async fn read_on(&mut self) -> Option<Result<Vec<u8>, SipConnectionError>> {
        let mut piece = [0; PIECE];
        loop {
            match self.framed() {
                Some(Ok(message)) => return Some(Ok(message)),
                Some(Err(error)) => return Some(Err(error)),
                None => {}
            }
            tokio::select! {
                biased;
                ending = ended(&mut self.ending) => return self.end(ending),
                length = self.stream.read(&mut piece) => match length {
                    Ok(0) => return None,
                    Ok(length) => {
                        self.watch.heard();
                        self.reader.push(piece.get(..length).unwrap_or_default());
                    }
                    // The other end left without TLS's farewell.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
                    Err(source) => {
                        let remote = self.remote;
                        return Some(Err(SipConnectionError::Read { remote, source }));
                    }
                },
                () = tokio::time::sleep_until(self.watch.next()) => {
                    match self.watch.due() {
                        Due::Ping => self.answer(PING),
                        Due::GiveUp { waited } => {
                            let remote = self.remote;
                            return Some(Err(SipConnectionError::Silent { remote, waited }));
                        }
                    }
                }
            }
        }
    }

    /// The next message that is whole already; keep-alives on the way are dealt
    /// with.
    fn framed(&mut self) -> Option<Result<Vec<u8>, SipConnectionError>> {
        loop {
            match self.reader.next()? {
                Ok(Framed::Message(message)) => {
                    self.watch.message();
                    return Some(Ok(message));
                }
                Ok(Framed::Ping) => self.answer(PONG),
                Ok(Framed::Pong) => {}
                Err(source) => {
                    let remote = self.remote;
                    return Some(Err(SipConnectionError::Framing { remote, source }));
                }
            }
        }
    }

    fn answer(&self, bytes: &[u8]) {
        if let Some(queue) = self.answers.upgrade() {
            // A full queue shows the other end soon enough that we live.
            let _full = queue.try_send(bytes.to_vec());
        }
    }

    fn end(&self, ending: Ending) -> Option<Result<Vec<u8>, SipConnectionError>> {
        let remote = self.remote;
        let source = match ending {
            Ending::Closed => return None,
            Ending::Failed(kind) => io::Error::from(kind),
            Ending::Slow { waited } => {
                let text = format!("it took nothing for {waited:?}");
                io::Error::new(io::ErrorKind::TimedOut, text)
            }
        };
        Some(Err(SipConnectionError::Write { remote, source }))
    }
}

impl std::fmt::Debug for SipReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SipReceiver")
            .field("remote", &self.remote)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}

async fn ended(ending: &mut watch::Receiver<Option<Ending>>) -> Ending {
    match ending.wait_for(Option::is_some).await {
        Ok(ending) => (*ending).unwrap_or(Ending::Closed),
        Err(_gone) => Ending::Closed,
    }
}

/// Watches over silence.
#[derive(Clone, Copy, Debug)]
struct Watch {
    keep_alive: KeepAlive,
    last_heard: Instant,
    pinged: Option<Instant>,
    has_message: bool,
}

enum Due {
    GiveUp { waited: Duration },
    Ping,
}

impl Watch {
    fn start(keep_alive: KeepAlive) -> Self {
        Self {
            keep_alive,
            last_heard: Instant::now(),
            pinged: None,
            has_message: false,
        }
    }

    /// Bytes came. Before the first message they do not lengthen its time.
    fn heard(&mut self) {
        self.pinged = None;
        let counts = match self.keep_alive {
            KeepAlive::Answer { .. } => self.has_message,
            KeepAlive::Ask { .. } => true,
        };
        if counts {
            self.last_heard = Instant::now();
        }
    }

    fn message(&mut self) {
        self.has_message = true;
        self.last_heard = Instant::now();
    }

    /// What the silence until [`Watch::next`] asks for.
    fn due(&mut self) -> Due {
        match self.keep_alive {
            KeepAlive::Answer { .. } => Due::GiveUp {
                waited: self.patience(),
            },
            KeepAlive::Ask { within, .. } if self.pinged.is_some() => {
                Due::GiveUp { waited: within }
            }
            KeepAlive::Ask { .. } => {
                self.pinged = Some(Instant::now());
                Due::Ping
            }
        }
    }

    fn next(&self) -> Instant {
        match (self.keep_alive, self.pinged) {
            (KeepAlive::Ask { within, .. }, Some(pinged)) => pinged + within,
            (KeepAlive::Ask { .. } | KeepAlive::Answer { .. }, _) => {
                self.last_heard + self.patience()
            }
        }
    }

    const fn patience(&self) -> Duration {
        match self.keep_alive {
            KeepAlive::Answer { idle, .. } if self.has_message => idle,
            KeepAlive::Answer { first_message, .. } => first_message,
            KeepAlive::Ask { every, .. } => every,
        }
    }
}
