//! Decides what is known of a call in each of its stages.

use super::{CallHandle, UserAgent};
use crate::dialog::Dialog;
use crate::message::Message;
use crate::transaction::{ClientKey, ServerKey};
use hopsight_kit::{Moment, SessionId};
use std::time::Duration;

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) call_id: String,
    pub(super) session: Option<SessionId>,
    pub(super) stage: Stage,
    /// INFO bodies in order; each leg notes how many of them it got.
    pub(super) infos: Vec<(String, Vec<u8>)>,
}

/// How far a call came.
#[derive(Debug)]
pub(super) enum Stage {
    /// This end invited and has no final answer yet.
    Inviting(Box<Inviting>),
    /// This end was invited and has given no final answer yet.
    Alerting(Box<Alerting>),
    /// Accepted.
    Up(Box<Up>),
}

/// An invitation of this end.
#[derive(Debug)]
pub(super) struct Inviting {
    pub(super) key: ClientKey,
    pub(super) invite: Message,
    /// A provisional response came: a CANCEL may go out. Later ones may get
    /// lost.
    pub(super) is_proceeding: bool,
    /// One for each endpoint that rings.
    pub(super) legs: Vec<Leg>,
    pub(super) cancel: Cancel,
}

/// Whether this end took its invitation back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    /// No.
    No,
    /// Yes, but the CANCEL waits for a provisional response.
    Wanted(String),
    /// The CANCEL is out; the final answer is awaited until then.
    Sent(Moment),
}

/// An invitation of the other end.
#[derive(Debug)]
pub(super) struct Alerting {
    pub(super) key: ServerKey,
    pub(super) invite: Message,
    pub(super) leg: Leg,
    pub(super) tag: String,
}

/// An accepted call.
#[derive(Debug)]
pub(super) struct Up {
    pub(super) leg: Leg,
    /// The last ACK of this end, and for which INVITE.
    pub(super) ack: Option<(u32, Vec<u8>)>,
    /// A 2xx of this end that was not acknowledged yet.
    pub(super) answer: Option<Answer>,
    /// New SDP of the other end that awaits its answer.
    pub(super) offer: Option<(ServerKey, Message)>,
    /// This end offered new SDP.
    pub(super) is_offering: bool,
    pub(super) timer: Option<SessionTimer>,
}

/// A 2xx that is repeated until its ACK comes (RFC 3261, section 13.3.1.4).
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) key: ServerKey,
    pub(super) response: Message,
    pub(super) sequence: u32,
    pub(super) again: Moment,
    pub(super) pause: Duration,
    pub(super) until: Moment,
}

/// RFC 4028.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionTimer {
    pub(super) interval: Duration,
    /// Whether this end sends the refreshes.
    pub(super) refreshes: bool,
    pub(super) due: Moment,
}

/// A dialog, and which INFO bodies it got.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) dialog: Dialog,
    pub(super) sent: usize,
    /// One INFO at a time: a later one must not overtake it.
    pub(super) is_waiting: bool,
}

impl Leg {
    pub(super) const fn new(dialog: Dialog) -> Self {
        Self {
            dialog,
            sent: 0,
            is_waiting: false,
        }
    }
}

impl Call {
    pub(super) fn next_wake(&self) -> Option<Moment> {
        match &self.stage {
            Stage::Inviting(inviting) => match inviting.cancel {
                Cancel::Sent(until) => Some(until),
                Cancel::No | Cancel::Wanted(_) => None,
            },
            Stage::Alerting(_) => None,
            Stage::Up(up) => {
                let again = up
                    .answer
                    .as_ref()
                    .map(|answer| answer.again.min(answer.until));
                again
                    .into_iter()
                    .chain(up.timer.map(|timer| timer.due))
                    .min()
            }
        }
    }

    /// The dialogs of this call.
    pub(super) fn legs(&mut self) -> &mut [Leg] {
        match &mut self.stage {
            Stage::Inviting(inviting) => &mut inviting.legs,
            Stage::Alerting(alerting) => std::slice::from_mut(&mut alerting.leg),
            Stage::Up(up) => std::slice::from_mut(&mut up.leg),
        }
    }

    pub(super) fn leg(&mut self, remote_tag: &str) -> Option<&mut Leg> {
        self.legs()
            .iter_mut()
            .find(|leg| leg.dialog.remote_tag() == remote_tag)
    }

    pub(super) fn up(&mut self) -> Option<&mut Up> {
        match &mut self.stage {
            Stage::Up(up) => Some(up),
            Stage::Inviting(_) | Stage::Alerting(_) => None,
        }
    }
}

impl UserAgent {
    /// The call in whose dialog a request stands.
    pub(super) fn call_of(&mut self, request: &Message) -> Option<CallHandle> {
        self.calls.iter_mut().find_map(|(handle, call)| {
            let mut legs = call.legs().iter();
            legs.any(|leg| leg.dialog.holds(request)).then_some(*handle)
        })
    }

    pub(super) fn up(&mut self, call: CallHandle) -> Option<&mut Up> {
        self.calls.get_mut(&call)?.up()
    }
}
