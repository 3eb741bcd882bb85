//! The media path of a native endpoint: ICE, DTLS and frames on sockets of its
//! own, the TURN client, and the tap that sees every datagram.
//!
//! [`open`] starts one task per session. The task owns the WebRTC stack; what
//! happens comes out as [`PathOutput`], what the endpoint wants goes in through
//! the [`PathHandle`]. Deciding what the events mean is left to `diagnosis`,
//! carrying SDP and trickled candidates to the other end to the endpoint.

mod agent;
mod candidate;
mod carriage;
mod channels;
mod error_queue;
mod flight;
mod frames;
mod handle;
mod interfaces;
mod limiter;
mod outbox;
mod output;
mod probe;
mod relay_client;
mod sdp;
mod settings;
mod socket;
mod stop;
mod tap;
mod trickle;

pub use candidate::{Told, read as read_candidate};
pub use handle::{NegotiateError, PathHandle, SendError};
pub use output::{Channel, ChosenPath, EncodedFrame, PathKind, PathOutput};
pub use settings::{Media, OpenPathError, PathSettings, RelayAccess};
pub use trickle::{Fragment, read as read_fragment};

use tokio::sync::mpsc;

/// Opens the path of one session: binds a socket per address, starts the TURN
/// clients, gathers candidates. Must be called within a tokio runtime.
#[expect(
    clippy::unused_async,
    reason = "only a runtime can poll it, and the task is started there"
)]
pub async fn open(
    settings: PathSettings,
) -> Result<(PathHandle, mpsc::Receiver<PathOutput>), OpenPathError> {
    agent::open(settings)
}
