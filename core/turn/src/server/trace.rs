//! Decides towards whom the relay looks how far its datagrams come: clients over
//! UDP of the session that is asked about, and clients that it heard. Nobody can
//! have it send anywhere else.

use super::{Server, Step};
use crate::control::Reply;
use crate::values::{Action, FiveTuple};
use hopsight_evidence::Transport;
use hopsight_kit::SessionId;
use std::net::SocketAddr;

impl Server {
    pub(super) fn trace(
        &mut self,
        session: &SessionId,
        heard: &[SocketAddr],
        step: &mut Step<'_>,
    ) -> Reply {
        let allocated = self.state.allocations.iter();
        let own = allocated
            .filter(|(_, allocation)| allocation.holder.session == *session)
            .map(|(client, _)| *client)
            .filter(|client| client.transport == Transport::Udp);
        let heard = heard
            .iter()
            .take(MOST_TRACES)
            .filter_map(|client| self.heard.way_to(*client));
        let wanted: Vec<FiveTuple> = own.chain(heard).collect();
        let Some(known) = self.state.sessions.get_mut(session) else {
            return Reply::UnknownSession;
        };
        for client in wanted {
            if known.traced.len() >= MOST_TRACES || !known.traced.insert(client) {
                continue;
            }
            let mut token = [0; 11];
            step.random.fill(&mut token);
            step.actions.push(Action::Trace {
                session: session.clone(),
                client,
                token,
            });
        }
        Reply::Done
    }
}

/// So many clients of one session are looked at, each once.
const MOST_TRACES: usize = 8;
