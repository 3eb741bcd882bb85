//! Decides what a CANCEL stops (RFC 3261, sections 9.2 and 16.10).

use super::fork::Standing;
use super::reply::Arrival;
use super::{LookupId, Round, Server};
use crate::transaction::ServerKey;

impl Server {
    pub(super) fn cancel(&mut self, arrival: &Arrival, round: &mut Round<'_>) {
        let invite = ServerKey::cancelled_by(&arrival.request);
        let Some(invite) = invite.filter(|invite| self.may_cancel(invite, arrival)) else {
            return self.reply(arrival, 481, "Nothing To Cancel", round);
        };
        self.reply(arrival, 200, "OK", round);
        if let Some(waiting) = self.waiting_for(&invite) {
            if let Some(lookup) = self.lookups.remove(&waiting) {
                self.reply(&lookup.arrival, 487, "Request Terminated", round);
            }
            return;
        }
        let number = self.forks.of_server(&invite);
        let fork = number.and_then(|number| Some((number, self.forks.get_mut(number)?)));
        let Some((number, fork)) = fork.filter(|(_, fork)| fork.standing == Standing::Open) else {
            return;
        };
        fork.standing = Standing::Cancelled;
        let reason = arrival
            .request
            .header("Reason")
            .unwrap_or("SIP;cause=487")
            .to_owned();
        self.cancel_others(number, None, &reason, round);
        self.conclude(number, round);
    }

    /// Only the flow, or at least the endpoint, that invited may take it back.
    fn may_cancel(&self, invite: &ServerKey, arrival: &Arrival) -> bool {
        self.transactions.asker(invite).is_some_and(|peer| {
            peer.flow == arrival.peer.flow || self.is_at(peer.endpoint, arrival.peer.flow)
        })
    }

    fn waiting_for(&self, invite: &ServerKey) -> Option<LookupId> {
        self.lookups
            .iter()
            .find(|(_, lookup)| lookup.arrival.key == *invite)
            .map(|(request, _)| *request)
    }
}
