//! The task that owns the SIP server: feeds it, carries out its actions in
//! their order, and hands facts to the desk. What it keeps stands in `keeping`,
//! what it has to do with the relay in `relay`.

mod ends;
mod keeping;
mod relay;

use super::{Counts, Event, records};
use crate::desk::{Desk, Told};
use hopsight_evidence::{Observation, Side};
use hopsight_kit::{Moment, SessionId};
use hopsight_net::{Clock, Entropy, RelayControl};
use hopsight_sip::server::{Action, Description, FlowId, Input, Recipient, RecordId, Server};
use hopsight_store::Store;
use hopsight_turn::control::Command;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

/// The body type of facts.
const FACTS: &str = "application/hopsight-facts+json";

/// The body type of verdicts.
const VERDICT: &str = "application/hopsight-verdict+json";

/// Without a timer the task looks around this often.
const IDLE: Duration = LOOK_EVERY;

/// How long somebody who may no longer sign in can keep an open flow.
const LOOK_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Switchboard {
    pub(super) server: Server,
    pub(super) domain: String,
    pub(super) desk: Desk,
    pub(super) flows: BTreeMap<FlowId, Line>,
    pub(super) presence: watch::Sender<BTreeSet<String>>,
    pub(super) store: Arc<dyn Store>,
    /// None in a deployment without a relay.
    pub(super) relay: Option<RelayControl>,
    pub(super) counts: Counts,
    /// What was told of sessions, by code.
    pub(super) verdicts: Counts,
    pub(super) clock: Clock,
    /// When accounts behind open flows were last looked at.
    pub(super) looked: Moment,
    /// When old records were last taken away.
    pub(super) swept: Moment,
}

/// One flow's way out.
pub(super) struct Line {
    remote: SocketAddr,
    outgoing: mpsc::Sender<Vec<u8>>,
    /// When something last came from there.
    heard: Moment,
}

impl Switchboard {
    pub(super) async fn run(
        mut self,
        mut events: mpsc::Receiver<Event>,
        mut reports: mpsc::Receiver<(SessionId, Observation)>,
    ) {
        loop {
            let wake = self.next_wake();
            tokio::select! {
                event = events.recv() => match event {
                    None => return,
                    Some(Event::Stop(done)) => {
                        self.flows.clear();
                        let _nobody_waits = done.send(());
                        return;
                    }
                    Some(event) => self.event(event).await,
                },
                Some((session, observation)) = reports.recv() => {
                    self.relay_saw(&session, vec![observation]).await;
                    self.tell(&session).await;
                }
                () = self.clock.sleep_until(wake) => self.tick().await,
            }
        }
    }

    fn next_wake(&self) -> Moment {
        let now = self.clock.now();
        let idle = now + IDLE;
        let timers = [self.server.next_wake(), self.desk.next_wake(now)];
        timers.into_iter().flatten().fold(idle, Ord::min)
    }

    async fn tick(&mut self) {
        self.feed(Input::Tick).await;
        let now = self.clock.now();
        for session in self.desk.due() {
            self.ask_relay(&session).await;
            self.hear_ends(&session).await;
            self.tell(&session).await;
        }
        self.desk.forget_old(now);
        self.bar_the_unusable().await;
        self.sweep().await;
    }

    async fn event(&mut self, event: Event) {
        match event {
            Event::Opened {
                flow,
                remote,
                transport,
                identity,
                outgoing,
            } => {
                let heard = self.clock.now();
                let line = Line {
                    remote,
                    outgoing,
                    heard,
                };
                self.flows.insert(flow, line);
                let opened = Input::FlowOpened {
                    flow,
                    remote,
                    transport,
                    identity,
                };
                self.feed(opened).await;
            }
            Event::Received { flow, message } => {
                if let Some(line) = self.flows.get_mut(&flow) {
                    line.heard = self.clock.now();
                }
                self.feed(Input::Received { flow, message }).await;
            }
            Event::Closed { flow } => {
                self.flows.remove(&flow);
                self.feed(Input::FlowClosed { flow }).await;
            }
            Event::Barred { uri } => self.feed(Input::Barred { uri }).await,
            Event::Stop(_) => {}
        }
    }

    /// Gives the server one input and carries out everything that comes of it.
    async fn feed(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let (now, wall) = (self.clock.now(), self.clock.wall());
            let mut actions = VecDeque::from(self.server.handle(now, wall, input, &mut Entropy));
            while let Some(action) = actions.pop_front() {
                self.carry_out(action, &mut actions, &mut inputs).await;
            }
        }
    }

    async fn carry_out(
        &mut self,
        action: Action,
        actions: &mut VecDeque<Action>,
        inputs: &mut VecDeque<Input>,
    ) {
        match action {
            Action::Send { flow, bytes } => self.send(flow, bytes),
            Action::Close { flow } => drop(self.flows.remove(&flow)),
            Action::FindAccount { request, name } => {
                inputs.push_back(self.find_account(request, &name).await);
            }
            Action::FindShare { request, link } => {
                inputs.push_back(self.find_share(request, &link).await);
            }
            Action::Record {
                record,
                event,
                then,
                otherwise,
            } => {
                let (first, input) = match self.record(&event).await {
                    true => (then, None),
                    false => (otherwise, Some(not_recorded(record))),
                };
                if let Some(input) = input {
                    inputs.push_front(input);
                }
                first
                    .into_iter()
                    .rev()
                    .for_each(|action| actions.push_front(action));
            }
            Action::Described {
                session,
                by,
                description,
            } => {
                self.described(session, records::side(by), description)
                    .await;
            }
            Action::Deliver {
                from,
                endpoint,
                session: Some(session),
                content_type,
                body,
            } if content_type == FACTS => {
                let (who, wall) = ((&from, &endpoint), self.clock.wall());
                self.desk
                    .facts_came(&*self.store, &session, who, &body, wall)
                    .await;
                self.ask_relay(&session).await;
                inputs.extend(self.ask_ends(&session));
                inputs.extend(self.consider(&session).await);
            }
            Action::Deliver {
                from, content_type, ..
            } => {
                tracing::debug!(
                    from = from.name,
                    content_type,
                    "a message to the diagnosis service was no facts"
                );
            }
            Action::PresenceChanged { uri, online } => {
                self.presence.send_modify(|known| {
                    let _changed = if online {
                        known.insert(uri)
                    } else {
                        known.remove(&uri)
                    };
                });
            }
            Action::Count(name) => self.counts.count(name),
        }
    }

    /// A client that reads nothing loses its flow rather than everybody's memory.
    fn send(&mut self, flow: FlowId, bytes: Vec<u8>) {
        let Some(line) = self.flows.get(&flow) else {
            return;
        };
        match line.outgoing.try_send(bytes) {
            Ok(()) => {}
            Err(TrySendError::Closed(_)) => drop(self.flows.remove(&flow)),
            Err(TrySendError::Full(_)) => {
                tracing::info!(remote = %line.remote, "closed a flow that takes no messages");
                self.flows.remove(&flow);
            }
        }
    }

    /// Notes what a side says about its media: its candidates for the relay,
    /// all of it as a fact.
    async fn described(&mut self, session: SessionId, side: Side, description: Description) {
        let addresses = description.addresses();
        let wall = self.clock.wall();
        self.desk
            .described(&*self.store, &session, (side, description), wall)
            .await;
        if !addresses.is_empty() {
            let command = Command::Candidates {
                session,
                side,
                addresses,
            };
            self.tell_relay(command).await;
        }
    }

    /// Notes from where one side takes part, for the relay and as a fact.
    async fn seat(
        &mut self,
        session: &SessionId,
        side: Side,
        endpoint: &hopsight_sip::server::Endpoint,
    ) {
        let remote = self.flows.get(&endpoint.flow).map(|line| line.remote);
        let wall = self.clock.wall();
        self.desk
            .seat(&*self.store, session, side, endpoint, remote, wall)
            .await;
        if let Some(remote) = remote {
            let command = Command::Candidates {
                session: session.clone(),
                side,
                addresses: vec![remote.ip()],
            };
            self.tell_relay(command).await;
        }
    }

    /// Tells both ends of a session what is to be told about it.
    async fn tell(&mut self, session: &SessionId) {
        for message in self.consider(session).await {
            self.feed(message).await;
        }
    }

    /// Judges a session; the messages for both ends when there is something to
    /// tell.
    async fn consider(&mut self, session: &SessionId) -> Vec<Input> {
        let (now, wall) = (self.clock.now(), self.clock.wall());
        let told = self.desk.consider(&*self.store, session, now, wall).await;
        let Some(Told { copies, code }) = told else {
            return Vec::new();
        };
        self.verdicts.count(code.as_str());
        let message = |(endpoint, body)| Input::Send {
            to: Recipient::Endpoint(endpoint),
            session: Some(session.clone()),
            content_type: VERDICT.to_owned(),
            body,
        };
        copies.into_iter().map(message).collect()
    }
}

const fn not_recorded(record: RecordId) -> Input {
    Input::NotRecorded { record }
}
