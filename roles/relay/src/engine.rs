//! Decides nothing: hands what happens at the sockets to the state machine and
//! carries out its actions.
//!
//! Every socket's task calls [`Engine::input`] itself, so a slow relay leaves
//! datagrams in the kernel's buffers instead of piling them up here.

use crate::counts::{Counts, Loss};
use crate::ports::Ports;
use crate::settings::{RelaySettings, StartRelayError};
use crate::streams::{self, Streams};
use crate::traces::{self, Traces};
use crate::udp::{self, UdpListeners};
use hopsight_evidence::{Observation, Transport};
use hopsight_kit::{Moment, Random, Redacted, SessionId, Timestamp};
use hopsight_turn::{
    Action, Command, Delivery, FiveTuple, Input, PeerPolicy, Reply, Server, Settings,
};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// Where relays come from.
#[derive(Debug)]
pub struct Relay;

/// A running relay. Clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct RelayHandle {
    engine: Arc<Engine>,
}

impl Relay {
    /// Opens the listeners and begins to serve. `clock` tells monotonic and
    /// wall time; `random` must be unforeseeable outside tests. Runs until
    /// [`RelayHandle::stop`].
    ///
    /// # Errors
    /// [`StartRelayError`], when a listener cannot be opened.
    pub async fn start(
        settings: RelaySettings,
        clock: impl Fn() -> (Moment, Timestamp) + Send + Sync + 'static,
        mut random: impl Random + Send + 'static,
    ) -> Result<(RelayHandle, mpsc::Receiver<(SessionId, Observation)>), StartRelayError> {
        let listeners = UdpListeners::open(&settings.udp).await?;
        let mut nonce_key = [0; 32];
        random.fill(&mut nonce_key);
        let server = Server::new(turn_settings(&settings, &listeners, nonce_key));
        let (reports, observed) = mpsc::channel(REPORTS);
        let engine = Arc::new(Engine {
            core: Mutex::new(Core {
                server,
                random: Box::new(random),
            }),
            clock: Box::new(clock),
            ports: Ports::new(settings.advertised, settings.advertised_ipv6),
            streams: Streams::default(),
            traces: Traces::default(),
            reports,
            counts: Counts::default(),
            tasks: Mutex::new(Some(JoinSet::new())),
            listeners,
        });
        engine.spawn(tick(Arc::clone(&engine)));
        for (address, socket) in engine.listeners.all() {
            engine.spawn(udp::serve(Arc::clone(&engine), address, socket));
        }
        Ok((RelayHandle { engine }, observed))
    }
}

impl RelayHandle {
    /// Serves a stream that carries STUN and ChannelData until it ends. `local`
    /// and `remote` are its addresses as the listener sees them.
    pub fn serve_stream(
        &self,
        io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        local: SocketAddr,
        remote: SocketAddr,
        transport: Transport,
    ) {
        let client = FiveTuple {
            transport,
            client: remote,
            server: local,
        };
        let engine = Arc::clone(&self.engine);
        self.engine.spawn(streams::serve(engine, io, client));
    }

    /// Carries out a command of the front end.
    #[must_use]
    pub fn command(&self, command: Command) -> Reply {
        self.engine.command(command)
    }

    /// Where the relay listens over UDP.
    #[must_use]
    pub fn listeners(&self) -> Vec<SocketAddr> {
        self.engine
            .listeners
            .all()
            .map(|(address, _)| address)
            .collect()
    }

    /// Everything counted since the start, by name.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.engine.counts.all()
    }

    /// Ends everything and waits until the listeners and relayed ports are
    /// closed.
    pub async fn stop(&self) {
        let tasks = lock(&self.engine.tasks).take();
        if let Some(mut tasks) = tasks {
            tasks.shutdown().await;
        }
        self.engine.ports.close_all();
    }
}

/// What all tasks share.
pub(crate) struct Engine {
    core: Mutex<Core>,
    clock: Box<dyn Fn() -> (Moment, Timestamp) + Send + Sync>,
    listeners: UdpListeners,
    ports: Ports,
    streams: Streams,
    traces: Traces,
    reports: mpsc::Sender<(SessionId, Observation)>,
    counts: Counts,
    /// None once stopped.
    tasks: Mutex<Option<JoinSet<()>>>,
}

struct Core {
    server: Server,
    random: Box<dyn Random + Send>,
}

impl Engine {
    /// Tells the state machine what happened and carries out what it says.
    pub(crate) fn input(self: &Arc<Self>, input: Input<'_>) {
        let actions = self.decide(input);
        self.carry_out_all(actions);
    }

    pub(crate) fn holds(&self, client: &FiveTuple) -> bool {
        lock(&self.core).server.holds(client)
    }

    pub(crate) const fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Sends a probe from the listener where the client was heard.
    pub(crate) fn send_probe(&self, to: &FiveTuple, bytes: &[u8], hop_limit: u8) {
        let sent = self.listeners.send_probe(to, bytes, hop_limit);
        self.traces.told(sent.told);
        if !sent.is_sent {
            self.counts.lose(Loss::NotSent);
        }
    }

    /// Tells the front end, unless it is too slow to hear it.
    pub(crate) fn report(&self, session: SessionId, observation: Observation) {
        if self.reports.try_send((session, observation)).is_err() {
            self.counts.lose(Loss::Report);
        }
    }

    pub(crate) const fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Runs a task until it ends or the relay stops; none after that.
    pub(crate) fn spawn(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Option<AbortHandle> {
        let mut tasks = lock(&self.tasks);
        let tasks = tasks.as_mut()?;
        while tasks.try_join_next().is_some() {}
        Some(tasks.spawn(task))
    }

    fn command(self: &Arc<Self>, command: Command) -> Reply {
        let (now, wall) = (self.clock)();
        let (reply, actions) = {
            let mut core = lock(&self.core);
            let Core { server, random } = &mut *core;
            server.command(command, now, wall, random.as_mut())
        };
        self.carry_out_all(actions);
        reply
    }

    fn decide(&self, input: Input<'_>) -> Vec<Action> {
        let (now, wall) = (self.clock)();
        let mut core = lock(&self.core);
        let Core { server, random } = &mut *core;
        server.handle(input, now, wall, random.as_mut())
    }

    fn carry_out_all(self: &Arc<Self>, actions: Vec<Action>) {
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            if let Some(happened) = self.carry_out(action) {
                actions.extend(self.decide(happened));
            }
        }
    }

    /// What happened at once because of the action, if anything.
    fn carry_out(self: &Arc<Self>, action: Action) -> Option<Input<'static>> {
        match action {
            Action::ToClient {
                to,
                bytes,
                delivery,
            } => self.to_client(&to, bytes, delivery),
            Action::ToPeer {
                port,
                peer,
                bytes,
                dont_fragment,
            } => {
                if !self.ports.send(port, peer, &bytes, dont_fragment) {
                    self.counts.lose(Loss::NotSent);
                }
            }
            Action::OpenPorts(ports) => return Some(self.ports.open(ports, self)),
            Action::ClosePort { port, family } => self.ports.close(port, family),
            Action::CloseClient { client } => self.streams.close(&client),
            Action::Report {
                session,
                observation,
            } => self.report(session, observation),
            Action::Trace {
                session,
                client,
                token,
            } => {
                let trace = traces::run(Arc::clone(self), session, client, token);
                self.spawn(trace);
            }
            Action::ToolAdmitted {
                session,
                client,
                expires,
            } => tracing::info!(
                grant = %session,
                client = %client.client,
                expires = expires.unix_seconds(),
                "let a tool in by its own grant"
            ),
            Action::Count(counter) => self.counts.count(counter),
        }
        None
    }

    fn to_client(&self, to: &FiveTuple, bytes: Vec<u8>, delivery: Delivery) {
        let (sent, loss) = match to.transport {
            Transport::Udp => {
                let sent = self.listeners.send(to, &bytes);
                self.traces.told(sent.told);
                (sent.is_sent, Loss::NotSent)
            }
            Transport::Tcp | Transport::Tls => {
                (self.streams.send(to, bytes, delivery), Loss::SlowClient)
            }
        };
        if !sent {
            self.counts.lose(loss);
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("listeners", &self.listeners)
            .finish_non_exhaustive()
    }
}

/// A task that panicked leaves the state as its last whole step left it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn tick(engine: Arc<Engine>) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        seconds.tick().await;
        engine.input(Input::Tick);
    }
}

fn turn_settings(
    settings: &RelaySettings,
    listeners: &UdpListeners,
    nonce_key: [u8; 32],
) -> Settings {
    let own_udp = listeners.all().map(|(address, _)| address);
    let policy = PeerPolicy {
        peer_networks: settings.peer_networks.clone(),
        own_addresses: settings.own_addresses.clone(),
        own_listeners: settings.never.iter().copied().chain(own_udp).collect(),
        relayed_ports: settings.ports.clone(),
    };
    let realm = settings.realm.clone();
    let nonce_key = Redacted::new(nonce_key);
    let mut turn = Settings::new(realm, settings.advertised, policy, nonce_key);
    turn.budget = settings.budget;
    turn.advertised_ipv6 = settings.advertised_ipv6;
    turn.tool_key.clone_from(&settings.tool_key);
    turn
}

/// Reports that may wait for the front end.
const REPORTS: usize = 1024;
