//! Decides how a simulated person behaves at their endpoint.

use hopsight_kit::{Moment, Random, SeededRandom};
use hopsight_sip::server::FlowId;
use hopsight_sip::user_agent::{CallHandle, Event, UserAgent};
use std::collections::BTreeMap;
use std::time::Duration;

/// One simulated person with one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonId(pub(crate) usize);

/// What a person does when somebody invites them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// They accept after a moment.
    Accepts,
    /// They decline after a moment.
    Declines,
    /// They let it ring.
    LetsRing,
}

/// A person's endpoint and what it heard.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) manner: Manner,
    pub(crate) agent: UserAgent,
    pub(crate) flow: Option<FlowId>,
    pub(crate) events: Vec<Event>,
    /// What they are about to do.
    plans: BTreeMap<(Moment, CallHandle), Manner>,
    /// When they connect again.
    pub(crate) reconnects: Option<Moment>,
}

impl Person {
    pub(crate) const fn new(name: String, manner: Manner, agent: UserAgent) -> Self {
        Self {
            name,
            manner,
            agent,
            flow: None,
            events: Vec::new(),
            plans: BTreeMap::new(),
            reconnects: Some(Moment::START),
        }
    }

    /// Notes an event and makes up their mind about it.
    pub(crate) fn hear(&mut self, event: Event, now: Moment, random: &mut SeededRandom) {
        if let Event::Incoming { call, .. } = &event {
            let thinking = Duration::from_millis(300 + random.below(1500));
            self.plans.insert((now + thinking, *call), self.manner);
        }
        self.events.push(event);
    }

    /// What they do now, if anything.
    pub(crate) fn plan(&mut self, now: Moment) -> Option<(CallHandle, Manner)> {
        let plan = self.plans.first_entry()?;
        let ((due, call), _) = (plan.key().to_owned(), plan.get());
        (due <= now).then(|| (call, plan.remove()))
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let plan = self.plans.keys().next().map(|(due, _)| *due);
        plan.into_iter()
            .chain(self.reconnects)
            .chain(self.agent.next_wake())
            .min()
    }
}
