//! Decides when a 2xx of this end is repeated, and when it is confirmed (RFC
//! 3261, section 13.3.1.4).

use super::{CallHandle, Event, Round, UserAgent};
use crate::message::Message;
use std::time::Duration;

impl UserAgent {
    /// The ACK of a 2xx arrived.
    pub(super) fn acknowledged(&mut self, ack: &Message, round: &mut Round<'_>) {
        let sequence = ack.cseq().map(|(sequence, _)| sequence);
        let Some(call) = self.call_of(ack) else {
            return;
        };
        let Some(up) = self.up(call) else {
            return;
        };
        let answer = up
            .answer
            .take_if(|answer| Some(answer.sequence) == sequence);
        if answer.is_some() {
            self.tell(Event::Confirmed { call });
            self.pump_infos(call, round);
        }
    }

    pub(super) fn repeat_answers(&mut self, round: &mut Round<'_>) {
        let calls: Vec<CallHandle> = self.calls.keys().copied().collect();
        for call in calls {
            self.repeat_answer(call, round);
        }
    }

    fn repeat_answer(&mut self, call: CallHandle, round: &mut Round<'_>) {
        let now = round.now;
        let Some(answer) = self.up(call).and_then(|up| up.answer.as_mut()) else {
            return;
        };
        if answer.until <= now {
            let reason = "SIP;cause=408;text=\"The answer was never acknowledged\"";
            return self.say_bye(call, reason, round);
        }
        if answer.again > now {
            return;
        }
        answer.pause = (answer.pause * 2).min(LONGEST_PAUSE);
        answer.again = now + answer.pause;
        let (key, response) = (answer.key.clone(), answer.response.clone());
        let status = response.status().unwrap_or(200);
        let events = self.layer.respond(&key, status, response.into_bytes(), now);
        self.take(events, round);
    }
}

/// T2.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
