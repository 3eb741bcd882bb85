//! Decides what ends as time passes: allocations, permissions, channels, and
//! grants that nobody used.

use super::{Server, Step};
use crate::values::{Action, FiveTuple};

impl Server {
    pub(super) fn tick(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        let expired: Vec<FiveTuple> = self
            .state
            .allocations
            .iter()
            .filter(|(_, allocation)| allocation.expires <= now)
            .map(|(client, _)| *client)
            .collect();
        for client in expired {
            self.close(client, step);
            step.actions.push(Action::CloseClient { client });
        }
        for allocation in self.state.allocations.values_mut() {
            allocation.expire(now);
        }
        self.drop_lapsed_grants(step);
        self.budgets.forget_full(now);
        self.heard.forget_silent(now);
    }

    fn drop_lapsed_grants(&mut self, step: &Step<'_>) {
        let lapsed: Vec<String> = self
            .state
            .grants
            .iter()
            .filter(|(username, grant)| !self.state.is_live(username, grant, step.wall))
            .map(|(username, _)| username.clone())
            .collect();
        for username in lapsed {
            if let Some(grant) = self.state.grants.remove(&username) {
                self.state.forget_unused(&grant.session);
            }
        }
    }
}
