//! Decides what an endpoint can ask of its path, and how asking can fail.

use crate::output::{Channel, EncodedFrame};
use crate::probe::Kind;
use crate::stop::Stop;
use hopsight_evidence::Pace;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot, watch};

/// A longer message would wait for ever: the stack takes none that exceeds
/// what it may hold back.
const LONGEST_MESSAGE: usize = 64 * 1024;

pub(crate) type Reply<T> = oneshot::Sender<Result<T, NegotiateError>>;

/// What the handle asks of the session's task.
#[derive(Debug)]
pub(crate) enum Command {
    Offer(Reply<String>),
    Answer(String, Reply<String>),
    AcceptAnswer(String, Reply<()>),
    AddCandidates(String),
    RequestKeyFrame,
    NothingShown,
    Probe(SocketAddr, SocketAddr, Vec<Kind>),
    ProbeRelay(SocketAddr, Vec<Kind>),
    Data(Channel, Vec<u8>),
}

/// The endpoint's hold on a path. Dropping it ends the path.
#[derive(Debug)]
pub struct PathHandle {
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) frames: mpsc::Sender<EncodedFrame>,
    pub(crate) congested: Arc<AtomicBool>,
    pub(crate) stop: Stop,
    pub(crate) ended: watch::Receiver<bool>,
}

impl PathHandle {
    /// Makes an offer. Waits for the first relay candidate, at most until one
    /// second after the path was opened.
    pub async fn offer(&self) -> Result<String, NegotiateError> {
        self.ask(Command::Offer).await
    }

    /// Answers the other end's offer; waits as [`PathHandle::offer`] does.
    pub async fn answer(&self, offer: &str) -> Result<String, NegotiateError> {
        self.ask(|reply| Command::Answer(offer.to_owned(), reply))
            .await
    }

    /// Takes the other end's answer to [`PathHandle::offer`].
    pub async fn accept_answer(&self, answer: &str) -> Result<(), NegotiateError> {
        self.ask(|reply| Command::AcceptAnswer(answer.to_owned(), reply))
            .await
    }

    /// Takes candidates that the other end trickled (RFC 8840 body). May come
    /// before the other end's SDP.
    pub async fn add_candidates(&self, fragment: &str) -> Result<(), NegotiateError> {
        self.commands
            .send(Command::AddCandidates(fragment.to_owned()))
            .await
            .map_err(|_| NegotiateError::Closed)
    }

    /// Sends a picture. Frames before the path is connected are dropped; the
    /// first after it must be a key frame ([`PathOutput::KeyFrameWanted`] asks).
    ///
    /// [`PathOutput::KeyFrameWanted`]: crate::PathOutput::KeyFrameWanted
    pub fn send_frame(&self, frame: EncodedFrame) -> Result<(), SendError> {
        Ok(self.frames.try_send(frame)?)
    }

    /// Whether more waits to leave than the path carries in a quarter of a
    /// second. Skip encoding a picture rather than sending one that is late.
    #[must_use]
    pub fn is_congested(&self) -> bool {
        self.congested.load(Ordering::Relaxed)
    }

    /// Asks the other end for a key frame (PLI), for a decoder that lost its way.
    pub fn request_key_frame(&self) -> Result<(), SendError> {
        Ok(self.commands.try_send(Command::RequestKeyFrame)?)
    }

    /// The same from an end that could show nothing yet: frames that came whole count
    /// for nothing, and the way that brought them has to bring another soon.
    pub fn nothing_shown(&self) -> Result<(), SendError> {
        Ok(self.commands.try_send(Command::NothingShown)?)
    }

    /// Sends one probe for each of these hop limits on the way of the checks
    /// from `local` to `remote`, a few milliseconds apart. What comes of them
    /// is told as events. A way that is not checked is not probed.
    pub fn trace(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        hop_limits: &[u8],
    ) -> Result<(), SendError> {
        let kinds = hop_limits.iter().copied().map(Kind::Hop);
        self.probe(local, remote, kinds.collect())
    }

    /// The same on the way to a relay's port for UDP, from the socket that asks it.
    /// A port that is not asked is not probed.
    pub fn trace_relay(&self, server: SocketAddr, hop_limits: &[u8]) -> Result<(), SendError> {
        let kinds = hop_limits.iter().copied().map(Kind::Hop);
        let command = Command::ProbeRelay(server, kinds.collect());
        Ok(self.commands.try_send(command)?)
    }

    /// Sends two small datagrams on the same terms from another port of the same
    /// address, far from the ports that systems hand out, or else among them.
    pub fn try_other_port(&self, local: SocketAddr, remote: SocketAddr) -> Result<(), SendError> {
        self.probe(local, remote, vec![Kind::OtherPort; 2])
    }

    /// Sends one datagram of each of these sizes (bytes with IP header) on the
    /// same terms; no router may cut them up.
    pub fn send_sizes(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        sizes: &[u16],
    ) -> Result<(), SendError> {
        let kinds = sizes.iter().copied().map(Kind::Size);
        self.probe(local, remote, kinds.collect())
    }

    /// Sends one datagram of `size` bytes (with IP header) for each hop limit on
    /// the same terms; no router may cut them up.
    pub fn trace_with_size(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        hop_limits: &[u8],
        size: u16,
    ) -> Result<(), SendError> {
        let kinds = hop_limits.iter().map(|limit| Kind::LargeHop(*limit, size));
        self.probe(local, remote, kinds.collect())
    }

    /// Sends `count` small datagrams at that pace on the same terms.
    pub fn send_run(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        pace: Pace,
        count: u8,
    ) -> Result<(), SendError> {
        let kinds = vec![Kind::Run(pace); usize::from(count)];
        self.probe(local, remote, kinds)
    }

    fn probe(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        kinds: Vec<Kind>,
    ) -> Result<(), SendError> {
        let command = Command::Probe(local, remote, kinds);
        Ok(self.commands.try_send(command)?)
    }

    /// Sends a message of at most 64 kB; it waits until the channel is open.
    /// What is UTF-8 goes as text, anything else as bytes.
    pub fn send_data(&self, channel: Channel, bytes: Vec<u8>) -> Result<(), SendError> {
        if bytes.len() > LONGEST_MESSAGE {
            return Err(SendError::TooLong);
        }
        Ok(self.commands.try_send(Command::Data(channel, bytes))?)
    }

    /// Ends the path: from this call on no datagram of the picture leaves.
    /// Returns when the sockets are closed and the relays were told.
    pub async fn close(&self) {
        self.stop.stop();
        let mut ended = self.ended.clone();
        // An error means that the task is gone, which is what is awaited.
        drop(ended.wait_for(|ended| *ended).await);
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, NegotiateError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| NegotiateError::Closed)?;
        answer.await.map_err(|_| NegotiateError::Closed)?
    }
}

impl Drop for PathHandle {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Why an offer or answer could not be made or taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NegotiateError {
    /// The path is closed.
    #[error("the path is closed")]
    Closed,
    /// The other end's session description cannot be used.
    #[error("the other end's session description cannot be used: {problem}")]
    Description {
        /// What is wrong with it.
        problem: String,
    },
    /// An answer came that no offer waits for.
    #[error("there is no offer that this answer belongs to")]
    NoOffer,
}

impl NegotiateError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Closed | Self::Description { .. } | Self::NoOffer => false,
        }
    }
}

/// Why something was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The path is closed.
    #[error("the path is closed")]
    Closed,
    /// More waits to be sent than may wait; this was dropped.
    #[error("too much waits to be sent; this was dropped")]
    Full,
    /// The message is longer than 64 kB.
    #[error("the message is longer than 64 kB")]
    TooLong,
}

impl SendError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn may_retry(&self) -> bool {
        match self {
            Self::Full => true,
            Self::Closed | Self::TooLong => false,
        }
    }
}

impl<T> From<mpsc::error::TrySendError<T>> for SendError {
    fn from(error: mpsc::error::TrySendError<T>) -> Self {
        match error {
            mpsc::error::TrySendError::Full(_) => Self::Full,
            mpsc::error::TrySendError::Closed(_) => Self::Closed,
        }
    }
}
