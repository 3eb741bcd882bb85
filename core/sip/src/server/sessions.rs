//! Decides what is seen of sharing sessions: which dialog belongs to which,
//! who takes part, and when it is over.
//!
//! A view for evidence only; nothing is routed by it. A flow that dies ends
//! nothing, because media goes on without signalling: a session ends with its
//! BYE, with its session timer (RFC 4028), or after the longest time that a
//! session without one may take.

use super::exchange::{Consent, ConsentGiven, Role, SessionPurpose};
use super::identity::Identity;
use crate::message::Message;
use hopsight_kit::{Moment, SessionId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One dialog that carries a sharing session.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) session: SessionId,
    pub(super) caller: Identity,
    pub(super) caller_role: Role,
    /// Everybody who was invited, by address-of-record of who is signed in.
    invited: BTreeSet<String>,
    /// The callee's tag, once it answered.
    pub(super) callee_tag: Option<String>,
    over: Moment,
}

impl Observed {
    /// What `party`, who takes part, is in the session.
    pub(super) fn role_of(&self, party: &str) -> Role {
        match (self.caller.uri == party, self.caller_role) {
            (true, role) => role,
            (false, Role::Sharer) => Role::Viewer,
            (false, Role::Viewer) => Role::Sharer,
        }
    }

    fn has(&self, party: &str) -> bool {
        self.caller.uri == party || self.invited.contains(party)
    }

    /// Who agrees to what when `callee` answers.
    pub(super) fn consent(&self, callee: &Identity) -> Consent {
        let (by, viewer, given) = match self.caller_role {
            Role::Sharer => (&self.caller, callee, ConsentGiven::WithInvitation),
            Role::Viewer => (callee, &self.caller, ConsentGiven::WithAnswer),
        };
        Consent {
            by: by.clone(),
            viewer: viewer.clone(),
            given,
        }
    }
}

/// Every dialog that carries a session, by its Call-ID.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    dialogs: BTreeMap<String, Observed>,
    ends: BTreeSet<(Moment, String)>,
}

/// What an INVITE says about its session.
pub(super) struct Naming {
    pub(super) session: SessionId,
    pub(super) role: Role,
    pub(super) purpose: SessionPurpose,
}

impl Naming {
    /// Reads `Hopsight-Session`, `Hopsight-Role` and `Hopsight-Purpose`.
    pub(super) fn of(request: &Message) -> Option<Self> {
        Some(Self {
            session: named_session(request)?,
            role: request.header("Hopsight-Role")?.parse().ok()?,
            purpose: SessionPurpose::of(request.header(SessionPurpose::HEADER)),
        })
    }
}

/// The session that a message names.
pub(super) fn named_session(message: &Message) -> Option<SessionId> {
    message.header("Hopsight-Session")?.parse().ok()
}

impl Sessions {
    /// Begins to observe a dialog; false when its Call-ID is taken.
    pub(super) fn invited(
        &mut self,
        call_id: &str,
        naming: &Naming,
        caller: &Identity,
        invited: BTreeSet<String>,
        now: Moment,
    ) -> bool {
        if self.dialogs.contains_key(call_id) {
            return false;
        }
        let observed = Observed {
            session: naming.session.clone(),
            caller: caller.clone(),
            caller_role: naming.role,
            invited,
            callee_tag: None,
            over: now + LONGEST_SESSION,
        };
        self.ends.insert((observed.over, call_id.to_owned()));
        self.dialogs.insert(call_id.to_owned(), observed);
        true
    }

    /// The dialog of this Call-ID, if `party` takes part in it.
    pub(super) fn of(&self, call_id: &str, party: &str) -> Option<&Observed> {
        self.dialogs
            .get(call_id)
            .filter(|observed| observed.has(party))
    }

    /// A 2xx of `party` passed: the session timer starts anew.
    pub(super) fn answered(&mut self, response: &Message, party: &str, now: Moment) {
        let call_id = response.call_id().unwrap_or_default();
        let observed = self.dialogs.get_mut(call_id);
        let Some(observed) = observed.filter(|observed| observed.has(party)) else {
            return;
        };
        if observed.callee_tag.is_none() {
            observed.callee_tag = response.to().and_then(|to| to.tag().map(str::to_owned));
        }
        let timer = session_expires(response);
        let over = now + timer.map_or(LONGEST_SESSION, |timer| timer + GRACE);
        self.ends.remove(&(observed.over, call_id.to_owned()));
        self.ends.insert((over, call_id.to_owned()));
        observed.over = over;
    }

    pub(super) fn forget(&mut self, call_id: &str) {
        self.take(call_id);
    }

    fn take(&mut self, call_id: &str) -> Option<Observed> {
        let observed = self.dialogs.remove(call_id)?;
        self.ends.remove(&(observed.over, call_id.to_owned()));
        Some(observed)
    }

    /// The session that this BYE of `party` ends: not one that a losing branch
    /// of the same INVITE is cleaned up with. After a restart only the BYE
    /// itself names the session.
    pub(super) fn ended_by(&mut self, bye: &Message, party: &str) -> Option<SessionId> {
        let call_id = bye.call_id()?;
        let Some(observed) = self.dialogs.get(call_id) else {
            return named_session(bye);
        };
        let tags = [bye.from(), bye.to()];
        let is_winner = observed.has(party)
            && tags.iter().flatten().any(|end| {
                observed.callee_tag.is_some() && end.tag() == observed.callee_tag.as_deref()
            });
        is_winner
            .then(|| self.take(call_id))
            .flatten()
            .map(|observed| observed.session)
    }

    /// Takes away what ran out and names the sessions.
    pub(super) fn expire(&mut self, now: Moment) -> Vec<SessionId> {
        let over = self.ends.iter().take_while(|(at, _)| *at <= now);
        let over: Vec<String> = over.map(|(_, call_id)| call_id.clone()).collect();
        over.iter()
            .filter_map(|call_id| self.take(call_id))
            .map(|observed| observed.session)
            .collect()
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.ends.first().map(|(at, _)| *at)
    }
}

/// The `Session-Expires` interval (RFC 4028, section 4).
pub(crate) fn session_expires(message: &Message) -> Option<Duration> {
    let value = message
        .header("Session-Expires")
        .or_else(|| message.header("x"))?;
    let seconds: u32 = value.split(';').next()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

/// A session without a timer whose BYE got lost is over after this time.
const LONGEST_SESSION: Duration = Duration::from_secs(24 * 3600);
/// A refresh may be late by one transaction.
const GRACE: Duration = Duration::from_secs(32);
