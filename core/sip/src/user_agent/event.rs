//! Decides in which words a user agent and whoever drives it speak.

use crate::digest::{Algorithm, ha1};
use crate::message::Message;
use crate::server::{FlowTransport, Role, SessionPurpose};
use hopsight_kit::{Redacted, SessionId};
use std::time::Duration;

/// How a user agent is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its own address-of-record.
    pub uri: String,
    /// The name it gives itself in From.
    pub display_name: String,
    /// The SIP domain; also the realm it answers challenges of.
    pub domain: String,
    /// The digest user name.
    pub username: String,
    /// The SHA-256 digest key.
    pub ha1: Redacted<String>,
    /// `urn:uuid:…`, the same after every restart of this endpoint (RFC 5626,
    /// section 4.1).
    pub instance: String,
    /// What carries its flow.
    pub transport: FlowTransport,
    /// A further invitation is answered 486.
    pub most_calls: usize,
    /// How long a registration is asked to last.
    pub registration: Duration,
    /// After this time without a refresh a call counts as dead (RFC 4028).
    pub session_timer: Duration,
}

impl Settings {
    /// The usual settings of an endpoint over TLS that takes one call at a
    /// time.
    #[must_use]
    pub fn new(name: &str, domain: &str, secret: &Redacted<String>, instance: &str) -> Self {
        Self {
            uri: format!("sip:{name}@{domain}"),
            display_name: name.to_owned(),
            domain: domain.to_owned(),
            username: name.to_owned(),
            ha1: ha1(name, domain, secret, Algorithm::Sha256),
            instance: instance.to_owned(),
            transport: FlowTransport::Tls,
            most_calls: 1,
            registration: Duration::from_secs(300),
            session_timer: Duration::from_secs(1800),
        }
    }
}

/// One call of this user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallHandle(pub u64);

/// One MESSAGE of this user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageHandle(pub u64);

/// Whom to invite, and to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// A person's or share's address-of-record.
    pub to: String,
    /// The session it is for.
    pub session: Option<SessionId>,
    /// What this end will be in it.
    pub role: Role,
    /// What it is for.
    pub purpose: SessionPurpose,
    /// The SDP offer.
    pub sdp: String,
}

/// What is to be done or known, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes on the flow.
    Send(Vec<u8>),
    /// Something happened.
    Event(Event),
}

/// Who somebody is, as the front end vouches for (`P-Asserted-Identity`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The address-of-record.
    pub uri: String,
    /// The name to show.
    pub display_name: String,
}

impl Caller {
    /// Reads the front end's word. None when it gave none.
    pub(super) fn of(message: &Message) -> Option<Self> {
        let asserted = message.addresses("P-Asserted-Identity");
        let asserted = asserted.first()?;
        Some(Self {
            uri: asserted.uri().address_of_record(),
            display_name: asserted.display().unwrap_or_default().to_owned(),
        })
    }
}

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The address is registered, for the first time or again.
    Registered {
        /// Which address.
        uri: String,
        /// For how long, unless it is renewed.
        lasts: Duration,
    },
    /// The address could not be registered.
    RegistrationFailed {
        /// Which address.
        uri: String,
        /// The SIP status; 408 when nobody answered.
        status: u16,
        /// The reason phrase.
        reason: String,
        /// Whether the user agent tries again by itself.
        will_retry: bool,
    },
    /// Somebody invites. Answer by `accept` or `hang_up`.
    Incoming {
        /// The new call.
        call: CallHandle,
        /// Who it is, for certain; none if the front end did not say.
        from: Option<Caller>,
        /// Which of this endpoint's addresses was invited.
        to: String,
        /// The session it is for.
        session: Option<SessionId>,
        /// What the OTHER end will be in it.
        role: Option<Role>,
        /// What it is for.
        purpose: SessionPurpose,
        /// The SDP offer: hostile text.
        sdp: String,
    },
    /// An endpoint of whoever was invited rings.
    Ringing {
        /// Which call.
        call: CallHandle,
    },
    /// The invitation was accepted.
    Answered {
        /// Which call.
        call: CallHandle,
        /// Who accepted, for certain.
        by: Option<Caller>,
        /// The SDP answer: hostile text.
        sdp: String,
    },
    /// The invitation came to nothing.
    Refused {
        /// Which call; it is over.
        call: CallHandle,
        /// The SIP status.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// The other end knows that this end accepted.
    Confirmed {
        /// Which call.
        call: CallHandle,
    },
    /// The other end offers new SDP within the call. Answer by `accept`, with
    /// unchanged SDP if nothing is to change.
    Offered {
        /// Which call.
        call: CallHandle,
        /// The SDP offer.
        sdp: String,
    },
    /// The other end accepted new SDP within the call.
    Renegotiated {
        /// Which call.
        call: CallHandle,
        /// The SDP answer.
        sdp: String,
    },
    /// The other end did not accept new SDP; the call goes on as it was.
    RenegotiationFailed {
        /// Which call.
        call: CallHandle,
        /// The SIP status; after 491 try again a little later.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// An INFO arrived: trickled candidates.
    Info {
        /// Which call.
        call: CallHandle,
        /// The body's media type.
        content_type: String,
        /// The body: hostile text.
        body: Vec<u8>,
    },
    /// A MESSAGE arrived: a verdict, for instance.
    Message {
        /// Who sent it, for certain.
        from: Option<Caller>,
        /// The session it is about.
        session: Option<SessionId>,
        /// The body's media type.
        content_type: String,
        /// The body: hostile text.
        body: Vec<u8>,
    },
    /// A MESSAGE of this end was answered.
    MessageAnswered {
        /// Which message.
        message: MessageHandle,
        /// The SIP status; 408 when nobody answered.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// The call is over, or whoever invited took it back.
    Ended {
        /// Which call.
        call: CallHandle,
        /// The `Reason` header's value, or what this end found out.
        reason: String,
    },
}
