//! What the switchboard asks of the relay and hears from it: whom it may serve, and
//! what it sees of a session from where it stands.

use super::Switchboard;
use crate::desk::{Asked, Question};
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_kit::SessionId;
use hopsight_turn::control::{Command, Heard, Reply};
use std::collections::BTreeMap;
use std::net::SocketAddr;

impl Switchboard {
    /// Has the relay look at a session from where it stands.
    pub(super) async fn ask_relay(&mut self, session: &SessionId) {
        for question in self.desk.questions(session, self.clock.now()) {
            match question {
                Question::Trace => self.look(session, Vec::new()).await,
                Question::Heard(sides) => self.ask_heard(session, sides).await,
            }
        }
    }

    pub(super) async fn tell_relay(&self, command: Command) {
        let _reply = self.relay_reply(command).await;
    }

    pub(super) async fn relay_saw(&mut self, session: &SessionId, observations: Vec<Observation>) {
        let wall = self.clock.wall();
        self.desk
            .relay_saw(&*self.store, session, observations, wall)
            .await;
    }

    /// Asks whether a side that does not hear the relay was heard by it, and
    /// looks at the way to it when it was.
    async fn ask_heard(&mut self, session: &SessionId, sides: BTreeMap<Side, Asked>) {
        for (side, Asked { addresses, plain }) in sides {
            let addresses = addresses.into_iter().collect();
            let reply = self.relay_reply(Command::Heard { addresses }).await;
            let Some(Reply::Heard(heard)) = reply else {
                continue;
            };
            let tells = |one: &Heard| one.requests > 0 || Some(one.address) == plain;
            let heard: Vec<Heard> = heard.into_iter().filter(tells).collect();
            let observations = heard.iter().map(|one| Observation::RelayHeard {
                side,
                client: one.address,
                transport: Transport::Udp,
                requests: one.requests,
            });
            self.relay_saw(session, observations.collect()).await;
            let clients = heard.iter().filter_map(|one| one.client).collect();
            self.look(session, clients).await;
        }
    }

    async fn look(&self, session: &SessionId, heard: Vec<SocketAddr>) {
        let session = session.clone();
        self.tell_relay(Command::Trace { session, heard }).await;
    }

    async fn relay_reply(&self, command: Command) -> Option<Reply> {
        let relay = self.relay.as_ref()?;
        let reply = relay.command(command).await;
        if reply.is_none() {
            tracing::error!("the relay does not answer; its part of this session is missing");
        }
        reply
    }
}
