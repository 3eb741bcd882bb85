//! Carries out what the front end says about sessions.

use super::state::Grant;
use super::{Server, Step};
use crate::control::{Command, PeerTraffic, Reply};
use crate::message::Key;
use crate::values::{Action, FiveTuple};
use hopsight_kit::{Moment, Random, SessionId, Timestamp};
use std::net::IpAddr;

impl Server {
    /// Carries out a command; the actions are those of sessions that end.
    pub fn command(
        &mut self,
        command: Command,
        now: Moment,
        wall: Timestamp,
        random: &mut dyn Random,
    ) -> (Reply, Vec<Action>) {
        let mut step = Step {
            now,
            wall,
            random,
            actions: Vec::new(),
        };
        let reply = match command {
            Command::Grant {
                session,
                side,
                owner,
                username,
                password,
                expires,
            } => {
                let key = Key::long_term(&username, &self.settings.realm, &password);
                self.state.sessions.entry(session.clone()).or_default();
                let grant = Grant {
                    session,
                    side,
                    owner,
                    key,
                    expires,
                };
                self.state.grants.insert(username, grant);
                Reply::Done
            }
            Command::Candidates {
                session,
                side,
                addresses,
            } => {
                let session = self.state.sessions.entry(session).or_default();
                for address in addresses {
                    session.learn(side, address);
                }
                Reply::Done
            }
            Command::Answered { session } => match self.state.sessions.get_mut(&session) {
                Some(session) => {
                    session.is_answered = true;
                    Reply::Done
                }
                None => Reply::UnknownSession,
            },
            Command::Revoke { session } => self.revoke(&session, &mut step),
            Command::Counters { session } => self.counters(&session),
            Command::Heard { addresses } => {
                let of = |address: &IpAddr| self.heard.of(*address);
                Reply::Heard(addresses.iter().take(MOST_ASKED).map(of).collect())
            }
            Command::Trace { session, heard } => self.trace(&session, &heard, &mut step),
        };
        (reply, step.actions)
    }

    pub(super) fn revoke(&mut self, session: &SessionId, step: &mut Step<'_>) -> Reply {
        self.state
            .grants
            .retain(|_, grant| grant.session != *session);
        self.state
            .openings
            .retain(|_, opening| opening.holder.session != *session);
        self.drop_reservations(|reserved| reserved.holder.session == *session, step);
        let clients: Vec<FiveTuple> = self
            .state
            .allocations
            .iter()
            .filter(|(_, allocation)| allocation.holder.session == *session)
            .map(|(client, _)| *client)
            .collect();
        for client in clients {
            self.close(client, step);
            step.actions.push(Action::CloseClient { client });
        }
        match self.state.sessions.remove(session) {
            Some(_) => Reply::Done,
            None => Reply::UnknownSession,
        }
    }

    fn counters(&self, session: &SessionId) -> Reply {
        let Some(known) = self.state.sessions.get(session) else {
            return Reply::UnknownSession;
        };
        let live = self
            .state
            .allocations
            .iter()
            .filter(|(_, allocation)| allocation.holder.session == *session)
            .flat_map(|(client, held)| self.traffic(held, *client));
        let mut all: Vec<PeerTraffic> = known.past.iter().copied().chain(live).collect();
        all.sort_unstable();
        Reply::Counters(all)
    }
}

/// About so many addresses a front end may ask at once.
const MOST_ASKED: usize = 64;
