//! Decides what ends as time passes: allocations, permissions, channels, and
//! grants that nobody used.

use super::{Server, Step};
use crate::values::{Action, FiveTuple};

impl Server {
    pub(super) fn tick(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        let clients: Vec<FiveTuple> = self.state.allocations.keys().copied().collect();
        for client in clients {
            if self.end_addresses(client, step) {
                step.actions.push(Action::CloseClient { client });
            }
        }
        self.end_reservations(step);
        self.drop_lapsed_grants(step);
        self.budgets.forget_full(now);
        self.heard.forget_silent(now);
    }

    fn drop_lapsed_grants(&mut self, step: &mut Step<'_>) {
        let lapsed: Vec<String> = self
            .state
            .grants
            .iter()
            .filter(|(username, grant)| !self.state.is_live(username, grant, step.wall))
            .map(|(username, _)| username.clone())
            .collect();
        for username in lapsed {
            let Some(grant) = self.state.grants.remove(&username) else {
                continue;
            };
            if self.state.is_of_tool(&grant.session) {
                self.revoke(&grant.session, step);
            } else {
                self.state.forget_unused(&grant.session);
            }
        }
    }
}
