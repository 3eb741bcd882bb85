//! Decides how the path between two machines is looked at without a picture:
//! whose checks are answered, without asking anybody, because nothing is shown;
//! and when enough was seen.

use super::{Engine, Plan};
use crate::call::{Call, CallKey};
use crate::sentence::{name_in, name_of};
use hopsight_evidence::{Claim, Side};
use hopsight_kit::{Moment, SessionId};
use hopsight_session::checks::CheckLimit;
use hopsight_session::endpoint::{Endpoint as Machine, Event, VerifiedIdentity};
use hopsight_sip::user_agent::CallHandle;
use std::time::Duration;

/// So many checks of others are answered at once.
pub(crate) const MOST_CHECKS: usize = 2;

/// So often one person may look at the path to this machine within a minute.
const PER_MINUTE: usize = 6;

/// A direct path is told to the server before the end.
const SETTLED: Duration = Duration::from_millis(500);

/// By now every verdict was told (`diagnosis` closes after 3.5 s).
const ENOUGH: Duration = Duration::from_millis(4000);

/// Whoever began a check and does not end it is not waited for.
const LONGEST: Duration = Duration::from_secs(10);

/// How often others may look.
#[derive(Debug)]
pub(crate) struct Checks(CheckLimit);

impl Default for Checks {
    fn default() -> Self {
        Self(CheckLimit::per_minute(PER_MINUTE))
    }
}

impl Engine {
    /// Looks at the path to `uri`. Whoever looks counts as the sharer.
    pub(super) fn check(&mut self, uri: &str, found: Vec<Claim>) {
        let (machine, actions) = Machine::inviting_to_check(Side::Sharer, uri);
        let mut call = Call::new(machine, name_in(uri));
        call.invited = Some(uri.to_owned());
        let now = self.clock.now();
        for claim in found {
            call.reporter.observed(claim, now);
        }
        let key = self.add(call);
        self.act(key, actions);
    }

    /// Somebody wants to look at the path to this machine.
    pub(super) fn invited_to_check(
        &mut self,
        handle: CallHandle,
        (from, to): (Option<VerifiedIdentity>, &str),
        session: Option<SessionId>,
        offer: String,
    ) {
        let refusal = self.no_to_check(from.as_ref(), to);
        let (status, reason) = match (session, refusal) {
            (Some(session), None) => return self.let_check(handle, from, session, offer),
            (None, None) => (400, "No Session Named"),
            (_, Some(refusal)) => refusal,
        };
        self.sip(|agent, now, random| agent.reject(handle, status, reason, now, random));
    }

    fn no_to_check(
        &mut self,
        from: Option<&VerifiedIdentity>,
        to: &str,
    ) -> Option<(u16, &'static str)> {
        let is_own = to.eq_ignore_ascii_case(&self.uri);
        let is_busy = matches!(self.plan, Plan::Check { .. }) || self.running.ending.is_some();
        let Some(from) = from.filter(|from| !is_guest(&from.uri)) else {
            return Some((403, "Not For Guests"));
        };
        if !is_own || is_busy {
            return Some((486, "Not Answering Checks Now"));
        }
        let others = self.running.calls.values();
        let at_once = others.filter(|call| call.machine.is_check()).count();
        let now = self.clock.now();
        let is_allowed = at_once < MOST_CHECKS && self.running.checks.0.allows(&from.uri, now);
        (!is_allowed).then_some((486, "Too Many Checks"))
    }

    fn let_check(
        &mut self,
        handle: CallHandle,
        from: Option<VerifiedIdentity>,
        session: SessionId,
        offer: String,
    ) {
        let other = from.as_ref().map_or_else(String::new, name_of);
        tracing::info!(%session, with = other, "somebody looks at the path to this machine");
        let (machine, actions) = Machine::invited_to_check(Side::Viewer, from);
        let mut call = Call::new(machine, other);
        call.handle = Some(handle);
        call.session = Some(session);
        call.offer = offer;
        let key = self.add(call);
        self.act(key, actions);
    }

    /// Whether this call is somebody else's look at the path, of which nobody
    /// at this machine is told.
    pub(super) fn is_silent(&self, key: CallKey) -> bool {
        let call = self.running.calls.get(&key);
        call.is_some_and(Call::is_of_others)
    }

    /// Ends a check by which enough was seen.
    pub(super) fn end_check(&mut self, key: CallKey, now: Moment) {
        let call = self.running.calls.get(&key);
        let is_due = call
            .and_then(Call::check_until)
            .is_some_and(|until| until <= now);
        if is_due {
            self.happened(key, Event::Stopped);
        }
    }
}

impl Call {
    /// Whether somebody else looks at the path to this machine.
    pub(crate) fn is_of_others(&self) -> bool {
        self.machine.is_check() && self.invited.is_none()
    }

    /// Until when a check goes on.
    pub(crate) fn check_until(&self) -> Option<Moment> {
        let answered = self.answered.filter(|_| self.machine.is_check())?;
        if self.invited.is_none() {
            return Some(answered + LONGEST);
        }
        let settled = self.direct_since.map(|since| since + SETTLED);
        let enough = answered + ENOUGH;
        Some(settled.map_or(enough, |settled| settled.min(enough)))
    }
}

/// Guests of a link are no accounts of this deployment.
fn is_guest(uri: &str) -> bool {
    uri.starts_with("sip:guest.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_ends_soon_after_a_direct_path_and_after_four_seconds_at_last() {
        let (machine, _) = Machine::inviting_to_check(Side::Sharer, "sip:desk2@example.org");
        let mut call = Call::new(machine, "desk2".into());
        call.invited = Some("sip:desk2@example.org".into());
        assert_eq!(call.check_until(), None);

        call.answered = Some(at(1000));
        assert_eq!(call.check_until(), Some(at(5000)));
        call.direct_since = Some(at(1200));
        assert_eq!(call.check_until(), Some(at(1700)));
    }

    #[test]
    fn a_share_is_not_ended_by_the_clock_of_checks() {
        let (machine, _) = Machine::inviting(Side::Sharer, "sip:desk2@example.org");
        let mut call = Call::new(machine, "desk2".into());
        call.answered = Some(at(0));

        assert_eq!(call.check_until(), None);
    }

    #[test]
    fn guests_are_known_by_their_address() {
        assert!(is_guest("sip:guest.4f2k@example.org"));
        assert!(!is_guest("sip:desk1@example.org"));
    }

    fn at(millis: u64) -> Moment {
        Moment::after_start(Duration::from_millis(millis))
    }
}
