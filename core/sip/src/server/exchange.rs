//! Decides in which words the front end and the server speak: what comes in,
//! what is to be done, what is to be recorded.

use super::description::Description;
use super::identity::{Account, Identity, Share};
use hopsight_kit::SessionId;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// One connection to a client: TLS, WebSocket, or an address in a simulation.
/// The front end numbers them and never uses a number twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// One question to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupId(pub u64);

/// One event that is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub u64);

/// What carries a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowTransport {
    /// SIP over TLS.
    Tls,
    /// Datagrams, which get lost: transactions repeat what is not answered.
    Udp,
    /// SIP over secure WebSocket (RFC 7118).
    Wss,
}

impl FlowTransport {
    /// Whether nothing gets lost while the flow is open.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        match self {
            Self::Tls | Self::Wss => true,
            Self::Udp => false,
        }
    }

    /// The transport as a Via header names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Udp => "UDP",
            Self::Wss => "WSS",
        }
    }
}

/// What comes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A client connected. `identity` is known when the connection itself was
    /// authenticated, by a ticket for instance.
    FlowOpened {
        /// Its number.
        flow: FlowId,
        /// Where the client is.
        remote: SocketAddr,
        /// What carries it.
        transport: FlowTransport,
        /// Who it is, if that is known already.
        identity: Option<Identity>,
    },
    /// One whole SIP message arrived.
    Received {
        /// On which flow.
        flow: FlowId,
        /// Its bytes, from the start line to the end of the body.
        message: Vec<u8>,
    },
    /// The connection is gone. Calls that go on over it are not ended.
    FlowClosed {
        /// Which one.
        flow: FlowId,
    },
    /// The answer to [`Action::FindAccount`].
    AccountFound {
        /// Which question.
        request: LookupId,
        /// The account, if there is one of that name.
        account: Option<Account>,
    },
    /// The answer to [`Action::FindShare`].
    ShareFound {
        /// Which question.
        request: LookupId,
        /// The share, if there ever was one.
        share: Option<Share>,
    },
    /// The store gave no answer; the client is told 503.
    LookupFailed {
        /// Which question.
        request: LookupId,
    },
    /// The event could not be stored, and `otherwise` was carried out.
    NotRecorded {
        /// Which event.
        record: RecordId,
    },
    /// A MESSAGE of the server itself, a verdict for instance.
    Send {
        /// To whom.
        to: Recipient,
        /// The session it is about.
        session: Option<SessionId>,
        /// The body's media type.
        content_type: String,
        /// The body.
        body: Vec<u8>,
    },
    /// An endpoint is asked whether it is there (OPTIONS): whatever it answers
    /// comes in on its flow.
    Ask {
        /// Whom.
        endpoint: Endpoint,
    },
    /// This address may no longer be here: its bindings go, its flows close.
    Barred {
        /// A person's, guest's or share's address-of-record.
        uri: String,
    },
    /// The time that [`super::Server::next_wake`] named has come.
    Tick,
}

/// To whom a MESSAGE of the server goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// To one endpoint, on whatever flow it is now.
    Endpoint(Endpoint),
    /// To every endpoint of an address-of-record.
    Everyone(String),
}

/// One endpoint of somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The address under which it takes part.
    pub uri: String,
    /// Its `+sip.instance`; empty for an endpoint that never registered.
    pub instance: String,
    /// The flow on which it was seen.
    pub flow: FlowId,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes on this flow. A flow that is gone swallows them.
    Send {
        /// Where.
        flow: FlowId,
        /// One whole SIP message.
        bytes: Vec<u8>,
    },
    /// Close the flow.
    Close {
        /// Which one.
        flow: FlowId,
    },
    /// Ask the store for an account by its name.
    FindAccount {
        /// Names the question in its answer.
        request: LookupId,
        /// What a client claims to be: hostile text.
        name: String,
    },
    /// Ask the store for a share link by its open id.
    FindShare {
        /// Names the question in its answer.
        request: LookupId,
        /// Letters, digits, `-` and `_`.
        link: String,
    },
    /// Store the event FIRST, then carry out `then`. When it cannot be stored,
    /// or `by` has no part in the session, carry out `otherwise` and feed
    /// [`Input::NotRecorded`] before anything else.
    Record {
        /// Names the event.
        record: RecordId,
        /// What happened.
        event: SessionEvent,
        /// What the record allows.
        then: Vec<Self>,
        /// What happens without it.
        otherwise: Vec<Self>,
    },
    /// A party of the session said this about its media.
    Described {
        /// Which session.
        session: SessionId,
        /// Which party.
        by: Role,
        /// What one body said; a later one may add to it.
        description: Description,
    },
    /// A MESSAGE to the diagnosis service. The server itself answers 202.
    Deliver {
        /// Who sent it, for certain.
        from: Identity,
        /// From which endpoint.
        endpoint: Endpoint,
        /// The session that the message names. Whether the sender has a part
        /// in it is for the front end to check.
        session: Option<SessionId>,
        /// The body's media type.
        content_type: String,
        /// The body: hostile text.
        body: Vec<u8>,
    },
    /// An address got its first endpoint or lost its last one.
    PresenceChanged {
        /// The address-of-record.
        uri: String,
        /// Whether it can be reached now.
        online: bool,
    },
    /// Add one to the counter of this name.
    Count(&'static str),
}

/// What is recorded of a session that its INVITE named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The invitation is about to go out.
    Invited {
        /// Which session.
        session: SessionId,
        /// Who invites.
        by: Identity,
        /// From which endpoint.
        endpoint: Endpoint,
        /// What whoever invites will be.
        role: Role,
        /// What for.
        purpose: SessionPurpose,
        /// The address-of-record that is invited.
        to: String,
    },
    /// The invitation was accepted.
    Answered {
        /// Which session.
        session: SessionId,
        /// Who accepted.
        by: Identity,
        /// On which endpoint.
        endpoint: Endpoint,
        /// Who agreed that the desktop is seen, and how.
        consent: Consent,
    },
    /// The invitation came to nothing: somebody refused it, nobody answered
    /// it, or the server itself knew nobody to ask.
    Refused {
        /// Which session.
        session: SessionId,
        /// Who had invited.
        caller: Identity,
        /// The final SIP status.
        status: u16,
    },
    /// The session is over.
    Ended {
        /// Which session.
        session: SessionId,
        /// Who ended it; absent when its session timer ran out.
        by: Option<Identity>,
        /// The value of the BYE's `Reason` header, or empty.
        reason: String,
    },
}

/// The sharer's agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The sharer.
    pub by: Identity,
    /// Whom the sharer lets see the desktop.
    pub viewer: Identity,
    /// In which message it was given.
    pub given: ConsentGiven,
}

/// In which message the sharer agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsentGiven {
    /// The sharer accepted a viewer's invitation.
    WithAnswer,
    /// The sharer invited the viewer by name.
    WithInvitation,
}

/// What somebody is in a session, as the `Hopsight-Role` header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The one whose desktop is shown.
    Sharer,
    /// The one who sees it.
    Viewer,
}

/// What a session is for, as the `Hopsight-Purpose` header says it. Without the
/// header, or with a word that nobody knows, it is a share: what asks more of
/// people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SessionPurpose {
    /// To look at the path, without any picture.
    Check,
    /// To show a desktop.
    #[default]
    Share,
}

impl SessionPurpose {
    /// The header that says it.
    pub(crate) const HEADER: &'static str = "Hopsight-Purpose";

    /// Reads the header's value.
    pub(crate) fn of(header: Option<&str>) -> Self {
        match header.map(str::trim) {
            Some("check") => Self::Check,
            Some(_) | None => Self::Share,
        }
    }
}

/// A text that is no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `sharer` or `viewer`")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        match text {
            "sharer" => Ok(Self::Sharer),
            "viewer" => Ok(Self::Viewer),
            _ => Err(RoleError),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sharer => "sharer",
            Self::Viewer => "viewer",
        })
    }
}
