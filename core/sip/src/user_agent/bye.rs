//! Decides how a call is ended: by taking it back, refusing it, or BYE,
//! whichever fits its stage (RFC 3261, sections 9, 13.3.1.3 and 15).

use super::ask::Purpose;
use super::call::{Cancel, Stage};
use super::{CallHandle, Event, Output, Round, UserAgent};
use crate::message::{Message, Method};
use crate::transaction::ServerKey;
use hopsight_kit::{Moment, Random};

impl UserAgent {
    /// Ends a call in whatever stage it is. `reason` is the value of the
    /// `Reason` header, for instance `SIP;cause=200;text="Done"`. A call that
    /// is accepted is over at once and nothing more is told about it; an
    /// invitation that is taken back ends with [`Event::Refused`].
    pub fn hang_up(
        &mut self,
        call: CallHandle,
        reason: &str,
        now: Moment,
        random: &mut dyn Random,
    ) -> Vec<Output> {
        let mut round = Round { now, random };
        match self.calls.get_mut(&call).map(|call| &mut call.stage) {
            Some(Stage::Inviting(inviting)) if inviting.cancel == Cancel::No => {
                self.take_back(call, reason, &mut round);
            }
            Some(Stage::Inviting(_)) => {}
            Some(Stage::Alerting(_)) => {
                self.refuse(call, 603, "Decline", Some(reason), &mut round);
            }
            Some(Stage::Up(_)) => self.send_bye(call, reason, &mut round),
            None => {}
        }
        self.outputs()
    }

    /// Ends a call for a reason that this user agent found out, and tells it.
    pub(super) fn say_bye(&mut self, call: CallHandle, reason: &str, round: &mut Round<'_>) {
        self.send_bye(call, reason, round);
        let reason = reason.to_owned();
        self.tell(Event::Ended { call, reason });
    }

    /// The BYE names the session, so that a front end that was restarted in
    /// between can still record its end.
    fn send_bye(&mut self, call: CallHandle, reason: &str, round: &mut Round<'_>) {
        let Some(mut known) = self.calls.remove(&call) else {
            return;
        };
        let Some(up) = known.up() else {
            return;
        };
        let bye = up.leg.dialog.request(&Method::Bye).header("Reason", reason);
        let bye = match &known.session {
            Some(session) => bye.header("Hopsight-Session", session.as_str()),
            None => bye,
        };
        self.ask(Purpose::Farewell, bye, round);
    }

    /// A BYE arrived.
    pub(super) fn bye(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let Some(call) = self.call_of(request) else {
            return self.reply(key, request, 481, "No Such Call", round);
        };
        self.reply(key, request, 200, "OK", round);
        if matches!(
            self.calls.get(&call).map(|call| &call.stage),
            Some(Stage::Alerting(_))
        ) {
            self.refuse(call, 487, "Request Terminated", None, round);
        }
        self.calls.remove(&call);
        let reason = request.header("Reason").unwrap_or_default().to_owned();
        self.tell(Event::Ended { call, reason });
    }
}
