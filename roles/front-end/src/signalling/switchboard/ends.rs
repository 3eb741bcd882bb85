//! Asks an end over the connection by which it signs in whether it is there, and
//! sees what came of it.

use super::Switchboard;
use hopsight_evidence::Presence;
use hopsight_kit::{Moment, SessionId};
use hopsight_sip::server::{Endpoint, Input};

impl Switchboard {
    /// The requests to the ends of a session that are to be asked.
    pub(super) fn ask_ends(&mut self, session: &SessionId) -> Vec<Input> {
        let ends = self.desk.ends_to_ask(session, self.clock.now());
        ends.into_iter()
            .map(|endpoint| Input::Ask { endpoint })
            .collect()
    }

    /// Notes which of the ends that were asked are there.
    pub(super) async fn hear_ends(&mut self, session: &SessionId) {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        for (side, endpoint, asked) in self.desk.ends_asked(session, now) {
            let Some(presence) = self.presence_of(&endpoint, asked) else {
                continue;
            };
            let waited = now.since(asked);
            self.desk
                .end_asked(&*self.store, session, (side, presence), waited, wall)
                .await;
        }
    }

    /// `None` for an end that has a connection and cannot be asked on it, as a guest
    /// who is registered nowhere.
    fn presence_of(&self, endpoint: &Endpoint, asked: Moment) -> Option<Presence> {
        let flow = self.server.flow_of(endpoint);
        let line = flow.and_then(|flow| self.flows.get(&flow));
        match line {
            Some(line) if line.heard >= asked => Some(Presence::Answers),
            Some(_) => Some(Presence::Silent),
            None if self.flows.contains_key(&endpoint.flow) => None,
            None => Some(Presence::Gone),
        }
    }
}
