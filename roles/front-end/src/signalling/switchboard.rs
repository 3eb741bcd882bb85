//! The task that owns the SIP server: feeds it, carries out its actions in
//! their order, and hands facts to the desk.

use super::{Counts, Event, lookups, records};
use crate::desk::{Desk, Question, Told};
use hopsight_evidence::{Observation, Side, Transport};
use hopsight_kit::{Moment, SessionId};
use hopsight_net::{Clock, Entropy, RelayControl};
use hopsight_sip::server::{
    Action, Description, FlowId, Input, LookupId, Recipient, RecordId, Server, SessionEvent,
};
use hopsight_store::{Retention, Store, StoreErrorKind};
use hopsight_turn::control::{Command, Heard, Reply};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
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

/// How long facts and verdicts are kept.
const FACTS_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long the record of a session is kept.
const RECORDS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// How often old records are taken away.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

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
            self.tell(&session).await;
        }
        self.desk.forget_old(now);
        self.bar_the_unusable().await;
        self.sweep().await;
    }

    /// Lets go of people who may no longer sign in: the command line changes
    /// accounts in the store behind this task's back.
    async fn bar_the_unusable(&mut self) {
        let now = self.clock.now();
        if now.since(self.looked) < LOOK_EVERY {
            return;
        }
        self.looked = now;
        let people: BTreeSet<(String, String)> = self
            .flows
            .keys()
            .filter_map(|flow| self.server.identity(*flow))
            .map(|who| (who.name.clone(), who.uri.clone()))
            .collect();
        for (name, uri) in people {
            let Ok(account) = self.store.account(&name).await else {
                return;
            };
            let wall = self.clock.wall();
            if account.is_none_or(|account| !account.is_usable(wall)) {
                tracing::info!(name, "let go of somebody who may no longer sign in");
                self.feed(Input::Barred { uri }).await;
            }
        }
    }

    /// Takes away what is past its retention, once an hour.
    async fn sweep(&mut self) {
        let now = self.clock.now();
        if now.since(self.swept) < SWEEP_EVERY {
            return;
        }
        self.swept = now;
        let wall = self.clock.wall();
        let retention = Retention {
            now: wall,
            facts_before: wall - FACTS_KEPT,
            records_before: wall - RECORDS_KEPT,
        };
        match self.store.sweep(&retention).await {
            Ok(swept) => tracing::info!(?swept, "took away what is past its retention"),
            Err(error) => {
                tracing::error!(%error, remedy = error.remedy(), "could not take away old records")
            }
        }
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
                self.flows.insert(flow, Line { remote, outgoing });
                let opened = Input::FlowOpened {
                    flow,
                    remote,
                    transport,
                    identity,
                };
                self.feed(opened).await;
            }
            Event::Received { flow, message } => self.feed(Input::Received { flow, message }).await,
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

    async fn find_account(&self, request: LookupId, name: &str) -> Input {
        let now = self.clock.wall();
        match lookups::account(&*self.store, name, &self.domain, now).await {
            Ok(account) => Input::AccountFound { request, account },
            Err(error) => {
                tracing::error!(%error, "an account could not be looked up");
                Input::LookupFailed { request }
            }
        }
    }

    async fn find_share(&self, request: LookupId, link: &str) -> Input {
        let now = self.clock.wall();
        match lookups::share(&*self.store, link, &self.domain, now).await {
            Ok(share) => Input::ShareFound { request, share },
            Err(error) => {
                tracing::error!(%error, "a share could not be looked up");
                Input::LookupFailed { request }
            }
        }
    }

    /// Stores the event; whether what depends on it may go on.
    async fn record(&mut self, event: &SessionEvent) -> bool {
        let wall = self.clock.wall();
        let record = match records::keep(&*self.store, event, wall).await {
            Ok(record) => record,
            Err(error) if error.kind == StoreErrorKind::Invalid => {
                tracing::info!(%error, "a session event was refused");
                return false;
            }
            Err(error) => {
                tracing::error!(%error, remedy = error.remedy(), "a session event could not be kept");
                return false;
            }
        };
        self.after_record(event, record).await;
        true
    }

    async fn after_record(&mut self, event: &SessionEvent, record: hopsight_store::SessionRecord) {
        let session = record.id.clone();
        let now = self.clock.now();
        match event {
            SessionEvent::Invited { endpoint, role, .. } => {
                let wall = self.clock.wall();
                self.desk.open(&*self.store, record, wall).await;
                self.seat(&session, records::side(*role), endpoint).await;
            }
            SessionEvent::Answered { endpoint, .. } => {
                self.desk.update(record);
                if let Some(side) = self.desk.empty_seat(&session) {
                    self.seat(&session, side, endpoint).await;
                }
                self.tell_relay(Command::Answered { session }).await;
            }
            SessionEvent::Refused { .. } | SessionEvent::Ended { .. } => {
                self.desk.update(record);
                self.desk.over(&session, now);
                self.tell_relay(Command::Revoke { session }).await;
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

    async fn tell_relay(&self, command: Command) {
        let _reply = self.relay_reply(command).await;
    }

    async fn relay_reply(&self, command: Command) -> Option<Reply> {
        let relay = self.relay.as_ref()?;
        let reply = relay.command(command).await;
        if reply.is_none() {
            tracing::error!("the relay does not answer; its part of this session is missing");
        }
        reply
    }

    async fn relay_saw(&mut self, session: &SessionId, observations: Vec<Observation>) {
        let wall = self.clock.wall();
        self.desk
            .relay_saw(&*self.store, session, observations, wall)
            .await;
    }

    /// Has the relay look at a session from where it stands.
    async fn ask_relay(&mut self, session: &SessionId) {
        for question in self.desk.questions(session, self.clock.now()) {
            match question {
                Question::Trace => self.look(session, Vec::new()).await,
                Question::Heard(sides) => self.ask_heard(session, sides).await,
            }
        }
    }

    async fn look(&self, session: &SessionId, heard: Vec<SocketAddr>) {
        let session = session.clone();
        self.tell_relay(Command::Trace { session, heard }).await;
    }

    /// Asks whether a side that does not hear the relay was heard by it, and
    /// looks at the way to it when it was.
    async fn ask_heard(&mut self, session: &SessionId, sides: BTreeMap<Side, BTreeSet<IpAddr>>) {
        for (side, addresses) in sides {
            let addresses = addresses.into_iter().collect();
            let reply = self.relay_reply(Command::Heard { addresses }).await;
            let Some(Reply::Heard(heard)) = reply else {
                continue;
            };
            let heard: Vec<Heard> = heard.into_iter().filter(|one| one.requests > 0).collect();
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
