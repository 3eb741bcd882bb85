//! The one loop of an endpoint: takes what happens (server, paths, pictures,
//! people, time), feeds the state machines, carries out what they say. Nothing
//! here waits for anything but the next thing that happens.

mod checks;
mod ending;
mod pictures;
mod plan;
mod probes;
mod sessions;
mod signalling;

use crate::call::{Call, CallKey};
use crate::error::EndpointError;
use crate::event::{Event, What};
use crate::flow::FlowInput;
use crate::prepare::{Prepared, Workshop};
use crate::server::Link;
use crate::settings::Question;
use checks::Checks;
pub(crate) use checks::MOST_CHECKS;
use ending::Ending;
use hopsight_evidence::Observation;
use hopsight_kit::Moment;
use hopsight_net::{Clock, Entropy, HttpError, SipSender};
use hopsight_path::{NegotiateError, PathOutput};
use hopsight_sip::user_agent::{self, CallHandle, MessageHandle, UserAgent};
use pictures::{Studio, Theatre};
pub(crate) use plan::Plan;
pub(crate) use signalling::answer_to;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Without a timer the loop looks around this often.
const IDLE: Duration = Duration::from_secs(60);

/// What happens to an endpoint, besides pictures and time.
#[derive(Debug)]
pub(crate) enum Input {
    /// The person at this machine was asked.
    Consent(CallKey, bool),
    /// The connection to the server.
    Flow(FlowInput),
    /// A share link was made, or not.
    Link(Result<Link, HttpError>),
    /// The other end's answer was taken, or not.
    Negotiated(CallKey, Result<(), NegotiateError>),
    /// This machine's kernel told how it sends to the other end.
    Looked(CallKey, Observation),
    /// A path says something.
    Path(CallKey, PathOutput),
    /// This end of a session is prepared, or not.
    Prepared(CallKey, Box<Result<Prepared, EndpointError>>),
}

/// Everything of one endpoint.
pub(crate) struct Engine {
    pub(crate) plan: Plan,
    pub(crate) workshop: Arc<Workshop>,
    pub(crate) domain: String,
    pub(crate) uri: String,
    pub(crate) clock: Clock,
    pub(crate) agent: UserAgent,
    pub(crate) inbox: mpsc::Receiver<Input>,
    pub(crate) inbox_sender: mpsc::Sender<Input>,
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) questions: mpsc::Sender<Question>,
    pub(crate) running: Running,
}

/// What changes while an endpoint runs.
#[derive(Default)]
pub(crate) struct Running {
    flow: Option<SipSender>,
    heard: VecDeque<user_agent::Event>,
    has_registered: bool,
    link: Option<Link>,
    is_link_told: bool,
    is_end_told: bool,
    calls: BTreeMap<CallKey, Call>,
    last_key: u64,
    studio: Studio,
    theatre: Theatre,
    /// Facts that the server has not confirmed.
    facts: BTreeMap<MessageHandle, CallKey>,
    /// Invitations that were taken back and are not answered yet.
    taken_back: BTreeSet<CallHandle>,
    awaits_verdict: bool,
    /// How often others may look at the path to this machine.
    checks: Checks,
    /// What the server said to this endpoint's sign-in.
    signed_in: Option<Observation>,
    /// Paths that are closing, and the keeper of the connection.
    closing: JoinSet<()>,
    ending: Option<Ending>,
}

impl Engine {
    /// Runs until there is nothing left to do.
    pub(crate) async fn run(mut self) -> Result<(), EndpointError> {
        let mut keeper = JoinSet::new();
        let server = self.workshop.server.clone();
        keeper.spawn(crate::flow::keep_open(server, self.inbox_sender.clone()));
        loop {
            self.settle();
            if let Some(outcome) = self.outcome() {
                return outcome;
            }
            let wake = self.next_wake();
            let is_ending = self.running.ending.is_some();
            tokio::select! {
                Some(input) = self.inbox.recv() => self.take(input),
                produced = next(&mut self.running.studio.produced) => self.produced(produced),
                seen = next(&mut self.running.theatre.seen) => self.seen(seen),
                Some(_) = self.running.closing.join_next() => {}
                _ = self.stop.changed(), if !is_ending => self.stop_everything(),
                () = self.clock.sleep_until(wake) => {}
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Consent(key, yes) => self.consent(key, yes),
            Input::Flow(input) => self.flow(input),
            Input::Link(made) => self.link_made(made),
            Input::Negotiated(key, outcome) => self.negotiated(key, outcome),
            Input::Looked(key, observation) => self.looked(key, observation),
            Input::Path(key, output) => self.path(key, output),
            Input::Prepared(key, outcome) => match *outcome {
                Ok(prepared) => self.prepared(key, prepared),
                Err(error) => self.not_prepared(key, error),
            },
        }
    }

    /// Does what is due and what follows from it.
    fn settle(&mut self) {
        self.listen();
        let now = self.clock.now();
        if self.agent.next_wake().is_some_and(|wake| wake <= now) {
            self.sip(UserAgent::tick);
        }
        for key in self.keys() {
            self.tend(key, now);
        }
        self.watch_congestion();
        self.listen();
    }

    fn tend(&mut self, key: CallKey, now: Moment) {
        self.probe(key, now);
        let wake = self
            .running
            .calls
            .get(&key)
            .and_then(|call| call.reporter.next_wake());
        if wake.is_some_and(|wake| wake <= now) {
            self.count_pictures(key);
        }
        let Some(call) = self.running.calls.get_mut(&key) else {
            return;
        };
        let told = call
            .session
            .as_ref()
            .and_then(|session| call.counted.due(session, now));
        let facts = call.reporter.due(now);
        let given_up = call.given_up(now);
        if let Some(what) = told {
            self.tell(what);
            self.save_picture(key);
        }
        if let Some(facts) = facts {
            self.report(key, &facts);
        }
        if let Some(reason) = given_up {
            self.path_lost(key, reason);
        }
        self.end_check(key, now);
    }

    fn next_wake(&self) -> Moment {
        let now = self.clock.now();
        let calls = self.running.calls.values();
        let ending = self.running.ending.as_ref().map(Ending::until);
        calls
            .filter_map(|call| call.next_wake())
            .chain(self.agent.next_wake())
            .chain(self.running.studio.next_wake(now))
            .chain(ending)
            .fold(now + IDLE, Ord::min)
    }

    fn keys(&self) -> Vec<CallKey> {
        self.running.calls.keys().copied().collect()
    }

    /// Somebody who does not read events loses some, not the session.
    fn tell(&self, what: What) {
        if self.events.try_send(what.at(self.clock.wall())).is_err() {
            tracing::debug!("an event was not taken");
        }
    }

    /// Lets the user agent do a step.
    fn sip(
        &mut self,
        step: impl FnOnce(
            &mut UserAgent,
            Moment,
            &mut dyn hopsight_kit::Random,
        ) -> Vec<user_agent::Output>,
    ) {
        let outputs = step(&mut self.agent, self.clock.now(), &mut Entropy);
        self.carry_out(outputs);
    }

    fn carry_out(&mut self, outputs: Vec<user_agent::Output>) {
        for output in outputs {
            match output {
                user_agent::Output::Send(bytes) => {
                    let sent = self.running.flow.as_ref().map(|flow| flow.send(bytes));
                    if let Some(Err(error)) = sent {
                        tracing::debug!(%error, "a message was not sent");
                    }
                }
                user_agent::Output::Event(event) => self.running.heard.push_back(event),
            }
        }
    }
}

/// What comes next, or never if nothing is open.
async fn next<T>(receiver: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    match receiver {
        Some(receiver) => receiver.recv().await,
        None => std::future::pending().await,
    }
}
