//! Decides what a path tells its endpoint, and in which words.

use hopsight_evidence::{Pair, PathEvent, Transport};
use hopsight_kit::{Moment, Timestamp};

/// What a path tells its endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathOutput {
    /// Candidates that were found after the SDP had left: a body of type
    /// `application/trickle-ice-sdpfrag` (RFC 8840).
    Trickle(String),
    /// ICE and DTLS are up.
    Connected(ChosenPath),
    /// Datagrams now take another pair.
    PathChanged(ChosenPath),
    /// One whole frame of the other end's picture.
    Frame {
        /// An H.264 access unit in Annex B form.
        bytes: Vec<u8>,
        /// It can be decoded without any frame before it.
        key: bool,
    },
    /// The next frame that this end sends must be a key frame.
    KeyFrameWanted,
    /// What the path is estimated to carry, in bits per second.
    Bitrate(u64),
    /// A message of the other end.
    Data {
        /// On which data channel.
        channel: Channel,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// Something was seen at the socket boundary.
    Event(Timestamp, PathEvent),
    /// The path is over; nothing comes after this.
    Closed {
        /// Why, for the log and the record.
        reason: String,
    },
}

/// The pair that datagrams take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenPath {
    /// The two addresses.
    pub pair: Pair,
    /// Whether a relay stands between.
    pub kind: PathKind,
    /// How datagrams leave this end.
    pub transport: Transport,
}

/// Whether a relay stands between the ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// From socket to socket.
    Direct,
    /// Through this end's relay or the other's.
    Relay,
}

/// The two data channels of a session. The name in lower case is the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Everything that must arrive, in order.
    Control,
    /// Pointer positions: unordered, never repeated.
    Cursor,
}

impl Channel {
    /// The label of the data channel.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Cursor => "cursor",
        }
    }

    pub(crate) fn labelled(label: &str) -> Option<Self> {
        [Self::Control, Self::Cursor]
            .into_iter()
            .find(|channel| channel.label() == label)
    }
}

/// One encoded picture on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    /// An H.264 access unit in Annex B form.
    pub bytes: Vec<u8>,
    /// It can be decoded without any frame before it.
    pub key: bool,
    /// When the picture was captured; all frames of a path by one clock.
    pub captured: Moment,
}
