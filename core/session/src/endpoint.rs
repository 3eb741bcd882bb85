//! Decides what one end of a session does next: whom it asks for consent, when
//! media may start, and what ends it.
//!
//! Two promises: media starts only after somebody with a verified identity
//! was consented to, and a stop ends media in the same step. How an
//! invitation travels and how a picture is made is left to others.

mod state;

use hopsight_evidence::{Side, Transport};
use serde::{Deserialize, Serialize};

pub use state::{EndReason, State};

/// Who somebody is, as the front end vouches for it (P-Asserted-Identity,
/// RFC 3325). A `From` header is not an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedIdentity {
    /// The SIP address of record.
    pub uri: String,
    /// The name to show to a person.
    pub display_name: String,
}

/// Whether the picture travels straight between the two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathKind {
    /// Straight.
    Direct,
    /// Through a relay.
    Relay,
}

/// The way that the picture takes from this end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathUsed {
    /// Straight or through a relay.
    pub kind: PathKind,
    /// How the bytes leave this end.
    pub transport: Transport,
}

/// What happened to this end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The other end's machine rings (180).
    Rang,
    /// The other end accepted; `by` is whom the front end vouches for.
    Accepted {
        /// The verified identity of whoever accepted.
        by: Option<VerifiedIdentity>,
    },
    /// The invitation was refused with a final answer.
    Refused {
        /// SIP status.
        status: u16,
        /// Its reason phrase.
        reason: String,
    },
    /// The person at this machine said yes.
    ConsentGiven,
    /// The person at this machine said no.
    ConsentRefused,
    /// The inviting end took its invitation back (CANCEL).
    Withdrawn,
    /// Media can flow, or flows another way than before.
    PathOpened(PathUsed),
    /// No path is left.
    PathLost {
        /// What the path said.
        reason: String,
    },
    /// The other end said goodbye.
    HungUp {
        /// Its words, shown as text.
        reason: String,
    },
    /// The person at this machine, or the program, stops the session.
    Stopped,
}

/// What the role has to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Prepare an offer and invite the peer.
    Invite,
    /// Ask the person at this machine about the named, verified peer.
    AskConsent(VerifiedIdentity),
    /// Answer the invitation with 200 and an answer.
    Accept,
    /// Answer the invitation with this final status.
    Reject {
        /// SIP status.
        status: u16,
        /// Its reason phrase.
        reason: &'static str,
    },
    /// Take the invitation back.
    Cancel,
    /// Media may flow from now on: capture and send, or receive and show.
    StartMedia(Side),
    /// Stop capturing, sending and showing, at once.
    EndMedia,
    /// Say goodbye; `text` goes into the `Reason` header (RFC 3326).
    Bye {
        /// The words for the other end.
        text: String,
    },
}

/// One end of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    role: Side,
    is_check: bool,
    invited: Option<String>,
    peer: Option<VerifiedIdentity>,
    state: State,
}

impl Endpoint {
    /// This end invites `uri`.
    #[must_use]
    pub fn inviting(role: Side, uri: &str) -> (Self, Vec<Action>) {
        let endpoint = Self {
            role,
            is_check: false,
            invited: Some(uri.to_owned()),
            peer: None,
            state: State::Inviting,
        };
        (endpoint, vec![Action::Invite])
    }

    /// This end invites `uri` to a check of the path: media never starts.
    #[must_use]
    pub fn inviting_to_check(role: Side, uri: &str) -> (Self, Vec<Action>) {
        let (endpoint, actions) = Self::inviting(role, uri);
        let endpoint = Self {
            is_check: true,
            ..endpoint
        };
        (endpoint, actions)
    }

    /// This end is invited by `from` to a check of the path. Nothing is shown,
    /// so nobody is asked; media never starts.
    #[must_use]
    pub fn invited_to_check(role: Side, from: Option<VerifiedIdentity>) -> (Self, Vec<Action>) {
        let (endpoint, actions) = Self::invited(role, from);
        let mut endpoint = Self {
            is_check: true,
            ..endpoint
        };
        if endpoint.state != State::AwaitingConsent {
            return (endpoint, actions);
        }
        endpoint.state = State::Answered;
        (endpoint, vec![Action::Accept])
    }

    /// This end is invited by `from`. Without a verified identity there is
    /// nobody to ask about, so the invitation is refused.
    #[must_use]
    pub fn invited(role: Side, from: Option<VerifiedIdentity>) -> (Self, Vec<Action>) {
        let (state, action) = match &from {
            Some(identity) => (State::AwaitingConsent, Action::AskConsent(identity.clone())),
            None => (
                State::Ended(EndReason::NotVerified),
                Action::Reject {
                    status: 403,
                    reason: "Identity Not Verified",
                },
            ),
        };
        let endpoint = Self {
            role,
            is_check: false,
            invited: None,
            peer: from,
            state,
        };
        (endpoint, vec![action])
    }

    /// What to do about `event`. An event that does not fit the state does
    /// nothing, except that an acceptance which crossed a cancellation is
    /// said goodbye to.
    pub fn handle(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Rang => self.rang(),
            Event::Accepted { by } => self.accepted(by),
            Event::Refused { status, reason } => self.refused(status, reason),
            Event::ConsentGiven => self.consented(),
            Event::ConsentRefused => self.declined(),
            Event::Withdrawn => self.withdrawn(),
            Event::PathOpened(path) => self.path_opened(path),
            Event::PathLost { reason } => self.path_lost(&reason),
            Event::HungUp { reason } => self.hung_up(reason),
            Event::Stopped => self.stopped(),
        }
    }

    /// Where this session stands.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Whether this is a check of the path and no share.
    #[must_use]
    pub const fn is_check(&self) -> bool {
        self.is_check
    }

    /// Which end this is.
    #[must_use]
    pub const fn role(&self) -> Side {
        self.role
    }

    /// The other end, once it is known and vouched for.
    #[must_use]
    pub const fn peer(&self) -> Option<&VerifiedIdentity> {
        self.peer.as_ref()
    }

    fn rang(&mut self) -> Vec<Action> {
        if self.state == State::Inviting {
            self.state = State::Ringing;
        }
        Vec::new()
    }

    fn accepted(&mut self, by: Option<VerifiedIdentity>) -> Vec<Action> {
        if self.state == State::Ended(EndReason::Stopped) && self.invited.is_some() {
            return vec![bye("stopped before the answer arrived")];
        }
        if !self.state.is_before_answer() {
            return Vec::new();
        }
        let Some(identity) = by.filter(|identity| self.may_answer(identity)) else {
            return self.end(
                EndReason::NotVerified,
                vec![bye("the identity of whoever accepted is not verified")],
            );
        };
        self.peer = Some(identity);
        self.state = State::Answered;
        if self.is_check {
            return Vec::new();
        }
        vec![Action::StartMedia(self.role)]
    }

    /// A sharer shows its desktop to whom it invited and to nobody else. A
    /// viewer may be answered by the owner of a share link.
    fn may_answer(&self, identity: &VerifiedIdentity) -> bool {
        let invited = self.invited.as_deref().unwrap_or_default();
        match self.role {
            Side::Sharer => invited.eq_ignore_ascii_case(&identity.uri),
            Side::Viewer => true,
        }
    }

    fn refused(&mut self, status: u16, reason: String) -> Vec<Action> {
        if !self.state.is_before_answer() {
            return Vec::new();
        }
        self.end(EndReason::Refused { status, reason }, Vec::new())
    }

    fn consented(&mut self) -> Vec<Action> {
        if self.state != State::AwaitingConsent {
            return Vec::new();
        }
        self.state = State::Answered;
        vec![Action::Accept, Action::StartMedia(self.role)]
    }

    fn declined(&mut self) -> Vec<Action> {
        if self.state != State::AwaitingConsent {
            return Vec::new();
        }
        let reject = Action::Reject {
            status: 603,
            reason: "Decline",
        };
        self.end(EndReason::Declined, vec![reject])
    }

    fn withdrawn(&mut self) -> Vec<Action> {
        if self.state != State::AwaitingConsent {
            return Vec::new();
        }
        self.end(EndReason::Withdrawn, Vec::new())
    }

    fn path_opened(&mut self, path: PathUsed) -> Vec<Action> {
        if self.state.has_media() {
            self.state = State::Connected(path);
        }
        Vec::new()
    }

    fn path_lost(&mut self, reason: &str) -> Vec<Action> {
        if !self.state.has_media() {
            return Vec::new();
        }
        let actions = vec![Action::EndMedia, bye(reason)];
        let reason = reason.to_owned();
        self.end(EndReason::PathLost { reason }, actions)
    }

    fn hung_up(&mut self, reason: String) -> Vec<Action> {
        if matches!(self.state, State::Ended(_)) {
            return Vec::new();
        }
        let actions = if self.state.has_media() {
            vec![Action::EndMedia]
        } else {
            Vec::new()
        };
        self.end(EndReason::HungUp { reason }, actions)
    }

    fn stopped(&mut self) -> Vec<Action> {
        let actions = match &self.state {
            State::Inviting | State::Ringing => vec![Action::Cancel],
            State::AwaitingConsent => vec![Action::Reject {
                status: 603,
                reason: "Decline",
            }],
            State::Answered | State::Connected(_) => vec![Action::EndMedia, bye("stopped")],
            State::Ended(_) => return Vec::new(),
        };
        self.end(EndReason::Stopped, actions)
    }

    fn end(&mut self, reason: EndReason, actions: Vec<Action>) -> Vec<Action> {
        self.state = State::Ended(reason);
        actions
    }
}

fn bye(text: &str) -> Action {
    Action::Bye {
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
