//! Decides when INFO goes out (RFC 6086; trickled candidates, RFC 8840): only
//! inside a dialog, one at a time, in order, and to every endpoint that rings.

use super::ask::Purpose;
use super::call::{Call, Stage};
use super::{CallHandle, Event, Output, Round, UserAgent};
use crate::message::{Message, Method};
use crate::transaction::ServerKey;
use hopsight_kit::{Moment, Random};

impl UserAgent {
    /// Sends an INFO in the call, as soon as there is a dialog for it: an
    /// sdpfrag with the type `application/trickle-ice-sdpfrag`.
    pub fn info(
        &mut self,
        call: CallHandle,
        content_type: &str,
        body: &[u8],
        now: Moment,
        random: &mut dyn Random,
    ) -> Vec<Output> {
        let mut round = Round { now, random };
        if let Some(known) = self.calls.get_mut(&call) {
            known.infos.push((content_type.to_owned(), body.to_vec()));
        }
        self.pump_infos(call, &mut round);
        self.outputs()
    }

    /// Sends what may be sent by now.
    pub(super) fn pump_infos(&mut self, call: CallHandle, round: &mut Round<'_>) {
        let Some(known) = self.calls.get_mut(&call).filter(|known| known.may_inform()) else {
            return;
        };
        let infos = known.infos.clone();
        let mut requests = Vec::new();
        for leg in known.legs().iter_mut().filter(|leg| !leg.is_waiting) {
            let Some((content_type, body)) = infos.get(leg.sent) else {
                continue;
            };
            leg.is_waiting = true;
            leg.sent += 1;
            let request = leg
                .dialog
                .request(&Method::Info)
                .header("Info-Package", "trickle-ice")
                .body(content_type, body.as_slice());
            requests.push((leg.dialog.remote_tag().to_owned(), request));
        }
        for (leg, request) in requests {
            self.ask(Purpose::Info { call, leg }, request, round);
        }
    }

    /// An INFO of this end was answered, or never will be.
    pub(super) fn info_done(&mut self, call: CallHandle, leg: &str, round: &mut Round<'_>) {
        if let Some(leg) = self.calls.get_mut(&call).and_then(|call| call.leg(leg)) {
            leg.is_waiting = false;
        }
        self.pump_infos(call, round);
    }

    /// An INFO arrived.
    pub(super) fn informed(&mut self, key: &ServerKey, request: &Message, round: &mut Round<'_>) {
        let Some(call) = self.call_of(request).or_else(|| self.call_ahead(request)) else {
            return self.reply(key, request, 481, "No Such Call", round);
        };
        let tag = request
            .from()
            .and_then(|from| from.tag().map(str::to_owned));
        let leg = self
            .calls
            .get_mut(&call)
            .and_then(|call| call.leg(&tag.unwrap_or_default()));
        if leg.is_some_and(|leg| !leg.dialog.take_sequence(request)) {
            return self.reply(key, request, 500, "Out Of Order", round);
        }
        self.reply(key, request, 200, "OK", round);
        self.tell(Event::Info {
            call,
            content_type: request
                .header("Content-Type")
                .unwrap_or_default()
                .to_owned(),
            body: request.body().to_vec(),
        });
    }

    /// An INFO may overtake the response that makes its dialog.
    fn call_ahead(&self, request: &Message) -> Option<CallHandle> {
        let tag = request.to()?.tag()?.to_owned();
        let call = self.calls.iter().find(|(_, call)| match &call.stage {
            Stage::Inviting(inviting) => {
                Some(call.call_id.as_str()) == request.call_id()
                    && inviting
                        .invite
                        .from()
                        .is_some_and(|from| from.tag() == Some(&tag))
            }
            Stage::Alerting(_) | Stage::Up(_) => false,
        });
        call.map(|(call, _)| *call)
    }
}

impl Call {
    /// The callee waits until the caller has its answer, and with it the
    /// dialog.
    fn may_inform(&self) -> bool {
        match &self.stage {
            Stage::Inviting(_) => true,
            Stage::Alerting(_) => false,
            Stage::Up(up) => up.answer.is_none(),
        }
    }
}
