//! Decides whether a request comes from the holder of a grant (RFC 8489,
//! section 9.2.4), and how anybody else is turned away: with as few bytes as
//! the RFC allows, and not too often.

use super::allocation::Holder;
use super::answer::Request;
use super::{Server, Step};
use crate::message::{AttributeKind, Key, Writer};
use crate::values::Counter;
use hopsight_evidence::Transport;

/// Who asks.
pub(super) struct Credentials {
    pub(super) holder: Holder,
    pub(super) key: Key,
}

/// Why somebody is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// Signed, but without name, realm or nonce.
    Incomplete,
    /// Not signed, unknown, or signed with another password.
    Unauthorized,
    /// Signed well, with a nonce that is old or not ours.
    StaleNonce,
}

impl Server {
    pub(super) fn authenticate(
        &mut self,
        request: &Request<'_>,
        step: &mut Step<'_>,
    ) -> Result<Credentials, Rejection> {
        let message = request.message;
        if !message.is_signed() {
            return Err(Rejection::Unauthorized);
        }
        let (Some(username), Some(realm), Some(nonce)) = (
            message.text(AttributeKind::Username),
            message.attribute(AttributeKind::Realm),
            message.text(AttributeKind::Nonce),
        ) else {
            return Err(Rejection::Incomplete);
        };
        if realm != self.settings.realm.as_bytes() {
            return Err(Rejection::Unauthorized);
        }
        let tool = self.tool_grant(username, step);
        let known = self.state.live_grant(username, step.wall);
        let Some(grant) = known.or(tool.as_ref().map(|(_, grant)| grant)) else {
            return Err(Rejection::Unauthorized);
        };
        if !message.is_signed_with(&grant.key) {
            return Err(Rejection::Unauthorized);
        }
        if !self.nonces.is_good(nonce, &request.from, step.now) {
            return Err(Rejection::StaleNonce);
        }
        let credentials = Credentials {
            holder: Holder {
                username: username.to_owned(),
                owner: grant.owner.clone(),
                session: grant.session.clone(),
                side: grant.side,
            },
            key: grant.key.clone(),
        };
        if let Some((named, grant)) = tool {
            self.admit_tool(username, named.peers, grant, request.from, step);
        }
        Ok(credentials)
    }

    pub(super) fn reject(
        &mut self,
        request: &Request<'_>,
        rejection: Rejection,
        step: &mut Step<'_>,
    ) {
        step.count(Counter::Unauthorized);
        if !self.may_answer_unauthenticated(request, step) {
            return step.count(Counter::OverBudget);
        }
        self.heard(request.from, step);
        let answer = match rejection {
            Rejection::Incomplete => request.error(400, ""),
            Rejection::Unauthorized => self.challenge(request, 401, step),
            Rejection::StaleNonce => self.challenge(request, 438, step),
        };
        step.answer(request, answer);
    }

    /// Over TCP and TLS the source address is proven; over UDP it is whatever
    /// the sender wrote.
    pub(super) fn may_answer_unauthenticated(
        &mut self,
        request: &Request<'_>,
        step: &Step<'_>,
    ) -> bool {
        match request.from.transport {
            Transport::Udp => {
                self.holds(&request.from) || self.budgets.take(request.from.client.ip(), step.now)
            }
            Transport::Tcp | Transport::Tls => true,
        }
    }

    fn challenge(&self, request: &Request<'_>, code: u16, step: &Step<'_>) -> Writer {
        let nonce = self.nonces.issue(&request.from, step.now);
        request
            .error(code, "")
            .attribute(AttributeKind::Realm, self.settings.realm.as_bytes())
            .attribute(AttributeKind::Nonce, nonce.as_bytes())
    }
}
