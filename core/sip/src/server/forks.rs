//! Decides how forwarded requests are found again: by what was asked, by who asked, by
//! the flow of a branch, and by the time at which one is due. A fork that was changed
//! is entered anew at the end of the round, and forgotten with its last transaction.

use super::FlowId;
use super::fork::{Branch, Fork};
use super::transactions::{Ended, Transactions};
use crate::transaction::{ClientKey, ServerKey};
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// All forwarded requests that still have a transaction.
#[derive(Debug, Default)]
pub(super) struct Forks {
    forks: BTreeMap<u64, Fork>,
    clients: BTreeMap<ClientKey, u64>,
    servers: BTreeMap<ServerKey, u64>,
    flows: BTreeSet<(FlowId, u64)>,
    wakes: BTreeSet<(Moment, u64)>,
    entered: BTreeMap<u64, Entry>,
    touched: BTreeSet<u64>,
}

/// Under what a fork is entered.
#[derive(Debug)]
struct Entry {
    server: ServerKey,
    clients: Vec<ClientKey>,
    flows: Vec<FlowId>,
    wake: Option<Moment>,
}

impl Entry {
    fn of(fork: &Fork) -> Self {
        let branches = &fork.branches;
        Self {
            server: fork.arrival.key.clone(),
            clients: branches.iter().map(|one| one.client.clone()).collect(),
            flows: branches.iter().map(|one| one.peer.flow).collect(),
            wake: fork.next_wake(),
        }
    }
}

impl Forks {
    pub(super) fn insert(&mut self, number: u64, fork: Fork) {
        self.forks.insert(number, fork);
        self.enter(number);
    }

    pub(super) fn get(&self, number: u64) -> Option<&Fork> {
        self.forks.get(&number)
    }

    /// To change it.
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Fork> {
        self.touched.insert(number);
        self.forks.get_mut(&number)
    }

    /// The one that asked this.
    pub(super) fn of_client(&self, key: &ClientKey) -> Option<u64> {
        self.clients.get(key).copied()
    }

    /// The one that was asked for by this.
    pub(super) fn of_server(&self, key: &ServerKey) -> Option<u64> {
        self.servers.get(key).copied()
    }

    /// The first for which this holds.
    pub(super) fn find(&self, is_it: impl Fn(&Fork) -> bool) -> Option<u64> {
        let mut forks = self.forks.iter();
        forks
            .find(|(_, fork)| is_it(fork))
            .map(|(number, _)| *number)
    }

    /// Those with a branch on this flow.
    pub(super) fn on(&self, flow: FlowId) -> Vec<u64> {
        let all = self.flows.range((flow, 0)..=(flow, u64::MAX));
        all.map(|(_, number)| *number).collect()
    }

    /// The branches whose time has come.
    pub(super) fn overdue(&self, now: Moment) -> Vec<(u64, ClientKey)> {
        let due = self.wakes.iter().take_while(|(at, _)| *at <= now);
        let is_due = |branch: &&Branch| branch.until().is_some_and(|until| until <= now);
        due.filter_map(|(_, number)| Some((*number, self.forks.get(number)?)))
            .flat_map(|(number, fork)| {
                let branches = fork.branches.iter().filter(is_due);
                branches.map(move |branch| (number, branch.client.clone()))
            })
            .collect()
    }

    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.wakes.first().map(|(at, _)| *at)
    }

    /// Enters what was changed anew, and forgets what has no transaction left.
    pub(super) fn settle(&mut self, ended: &[Ended], transactions: &Transactions) {
        let over = ended.iter().filter_map(|ended| match ended {
            Ended::Client(key) => self.of_client(key),
            Ended::Server(key) => self.of_server(key),
        });
        let over: Vec<u64> = over.collect();
        for number in over {
            let is_alive = self
                .forks
                .get(&number)
                .is_some_and(|fork| fork.is_alive(transactions));
            if !is_alive {
                self.leave(number);
                self.forks.remove(&number);
            }
        }
        for number in std::mem::take(&mut self.touched) {
            self.enter(number);
        }
    }

    fn enter(&mut self, number: u64) {
        self.leave(number);
        let Some(entry) = self.forks.get(&number).map(Entry::of) else {
            return;
        };
        self.servers.insert(entry.server.clone(), number);
        let clients = entry.clients.iter().cloned();
        self.clients.extend(clients.map(|key| (key, number)));
        let flows = entry.flows.iter().copied();
        self.flows.extend(flows.map(|flow| (flow, number)));
        self.wakes.extend(entry.wake.map(|at| (at, number)));
        self.entered.insert(number, entry);
    }

    fn leave(&mut self, number: u64) {
        let Some(entry) = self.entered.remove(&number) else {
            return;
        };
        self.servers.remove(&entry.server);
        for key in &entry.clients {
            self.clients.remove(key);
        }
        for flow in entry.flows {
            self.flows.remove(&(flow, number));
        }
        if let Some(at) = entry.wake {
            self.wakes.remove(&(at, number));
        }
    }
}
