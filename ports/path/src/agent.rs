//! Decides in which order a session's task does things: what the endpoint asks,
//! what arrives, what is due. The task alone owns the WebRTC stack; after each
//! change it takes out everything that the stack has to say.

mod configuration;
mod connection;
mod finish;
mod negotiate;
mod network;
mod picture;
mod relays;
mod rescue;
mod stack;

use crate::candidate::Told;
use crate::carriage::Carriage;
use crate::channels::Channels;
use crate::flight::Flight;
use crate::frames::{IncomingGate, OutgoingGate};
use crate::handle::{Command, PathHandle, Reply};
use crate::outbox::{CHANNEL, Outbox};
use crate::output::{ChosenPath, EncodedFrame, PathOutput};
use crate::probe::Probes;
use crate::relay_client::{RelayClient, Report};
use crate::settings::{Media, OpenPathError, PathSettings};
use crate::socket::{Arrived, Datagram, MediaSocket};
use crate::stop::Stop;
use crate::tap::{Credentials, Tap};
use hopsight_evidence::{IceState, Pair};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use str0m::change::SdpPendingOffer;
use str0m::media::Mid;
use str0m::{Candidate, Input, Rtc};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// What waits in front of the task: a burst of a key frame's datagrams.
const INPUTS: usize = 256;
const COMMANDS: usize = 64;

/// Pictures that may wait; a later one makes an earlier one worthless.
const FRAMES: usize = 4;

/// How long a description waits for the first relay candidate.
const GATHERING: Duration = Duration::from_secs(1);

/// What arrives from outside the task.
#[derive(Debug)]
enum Incoming {
    Socket { local: SocketAddr, arrived: Arrived },
    Relay { index: usize, report: Report },
}

/// A description that waits for candidates.
#[derive(Debug)]
enum Wanted {
    Offer(Reply<String>),
    Answer(String, Reply<String>),
}

/// A relay's client and what it came to.
#[derive(Debug)]
struct Relay {
    client: RelayClient,
    uses: Option<(SocketAddr, SocketAddr)>,
    relayed: Option<SocketAddr>,
    ended: bool,
}

/// Packets of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Packets {
    sent: u64,
    received: u64,
    told: (u64, u64),
}

/// The task of one session.
struct Agent {
    rtc: Rtc,
    media: Media,
    loopback_is_ours: bool,
    sockets: Arc<[Arc<MediaSocket>]>,
    relays: Vec<Relay>,
    commands: mpsc::Receiver<Command>,
    frames: mpsc::Receiver<EncodedFrame>,
    incoming: mpsc::Receiver<Incoming>,
    outbox: Outbox,
    stop: Stop,
    congested: Arc<AtomicBool>,
    opened: Instant,
    // Negotiation.
    wanted: Vec<Wanted>,
    pending: Option<SdpPendingOffer>,
    local: Credentials,
    remote: Option<Credentials>,
    described: bool,
    complete_told: bool,
    first_mid: Option<String>,
    untold: Vec<String>,
    premature: Vec<(Pair, Datagram)>,
    early: Vec<String>,
    told: Vec<Told>,
    // What the path has come to.
    tap: Tap,
    probes: Probes,
    flight: Flight,
    carriage: Option<Carriage>,
    left: BTreeSet<Pair>,
    found: Vec<Candidate>,
    only_streams: bool,
    reminded: Option<Instant>,
    answering: Option<Pair>,
    packets: Packets,
    connected: bool,
    connected_at: Option<Instant>,
    ice: Option<IceState>,
    nominated: Option<Pair>,
    checking_since: Option<Instant>,
    chosen: Option<ChosenPath>,
    over: Option<String>,
    // The picture and the messages.
    mid: Option<Mid>,
    outgoing: OutgoingGate,
    received: IncomingGate,
    frames_written: bool,
    first_frame: bool,
    bitrate: u64,
    channels: Channels,
}

/// Opens the sockets and starts the task.
pub(crate) fn open(
    settings: PathSettings,
) -> Result<(PathHandle, mpsc::Receiver<PathOutput>), OpenPathError> {
    let addresses = crate::interfaces::addresses(settings.interfaces.as_deref())?;
    let sockets = bind(addresses)?;
    let (commands, commands_received) = mpsc::channel(COMMANDS);
    let (frames, frames_received) = mpsc::channel(FRAMES);
    let (outputs, outputs_received) = mpsc::channel(CHANNEL);
    let (incoming, incoming_received) = mpsc::channel(INPUTS);
    let (ended, ended_received) = watch::channel(false);
    let stop = Stop::default();
    let congested = Arc::new(AtomicBool::new(false));
    let handle = PathHandle {
        commands,
        frames,
        congested: Arc::clone(&congested),
        stop: stop.clone(),
        ended: ended_received,
    };
    let now = Instant::now();
    let mut rtc = configuration::stack(now);
    let local = configuration::credentials(&mut rtc);
    let agent = Agent {
        loopback_is_ours: sockets.iter().any(|s| s.local().ip().is_loopback()),
        sockets: sockets.into(),
        relays: Vec::new(),
        rtc,
        media: settings.media,
        commands: commands_received,
        frames: frames_received,
        incoming: incoming_received,
        outbox: Outbox::new(outputs, now),
        stop,
        congested,
        opened: now,
        wanted: Vec::new(),
        pending: None,
        tap: Tap::new(local.clone()),
        local,
        remote: None,
        described: false,
        complete_told: false,
        first_mid: None,
        untold: Vec::new(),
        premature: Vec::new(),
        early: Vec::new(),
        told: Vec::new(),
        connected: false,
        connected_at: None,
        carriage: None,
        left: BTreeSet::new(),
        found: Vec::new(),
        only_streams: false,
        reminded: None,
        answering: None,
        packets: Packets::default(),
        ice: None,
        nominated: None,
        checking_since: None,
        chosen: None,
        over: None,
        mid: None,
        outgoing: OutgoingGate::new(),
        received: IncomingGate::new(),
        frames_written: false,
        first_frame: false,
        bitrate: 0,
        channels: Channels::default(),
        probes: Probes::default(),
        flight: Flight::default(),
    };
    tokio::spawn(live(agent, settings, incoming, ended));
    Ok((handle, outputs_received))
}

/// The task from its first address to its last word.
async fn live(
    mut agent: Agent,
    settings: PathSettings,
    incoming: mpsc::Sender<Incoming>,
    ended: watch::Sender<bool>,
) {
    let session = settings.session;
    let readers = agent.listen(&incoming);
    agent.start_relays(settings.relay, &incoming);
    drop(incoming);
    agent.gather_hosts();
    agent.run().await;
    agent.finish().await;
    drop(readers);
    tracing::debug!(%session, reason = agent.over.as_deref(), "closed a path");
    ended.send_replace(true);
}

/// A socket for each address. One that the machine does not have any more, or
/// not yet, is left out unless it is the only one.
fn bind(addresses: Vec<IpAddr>) -> Result<Vec<Arc<MediaSocket>>, OpenPathError> {
    let mut sockets = Vec::new();
    let mut problem = OpenPathError::NoAddress;
    for address in addresses {
        match MediaSocket::bind(address) {
            Ok(socket) => sockets.push(Arc::new(socket)),
            Err(source) => {
                tracing::warn!(%address, %source, "an address of this machine is not used");
                problem = OpenPathError::Socket { address, source };
            }
        }
    }
    if sockets.is_empty() {
        return Err(problem);
    }
    Ok(sockets)
}

impl Agent {
    /// One reader per socket; all end with the set.
    fn listen(&self, incoming: &mpsc::Sender<Incoming>) -> JoinSet<()> {
        let mut readers = JoinSet::new();
        for socket in self.sockets.iter() {
            let socket = Arc::clone(socket);
            let incoming = incoming.clone();
            readers.spawn(async move {
                let local = socket.local();
                while let Ok(arrived) = socket.receive().await {
                    if incoming
                        .send(Incoming::Socket { local, arrived })
                        .await
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
        readers
    }

    async fn run(&mut self) {
        while self.over.is_none() {
            let wake = self.settle();
            if self.over.is_some() {
                return;
            }
            let waiting = self.outbox.is_waiting();
            let sender = self.outbox.sender();
            let stop = self.stop.clone();
            tokio::select! {
                biased;
                () = stop.stopped() => self.over = Some("closed by this end".to_owned()),
                command = self.commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => self.over = Some("closed by this end".to_owned()),
                },
                Some(incoming) = self.incoming.recv() => self.arrived(incoming),
                Some(frame) = self.frames.recv() => self.send_frame(&frame),
                room = Outbox::room(sender), if waiting => {
                    if !room {
                        self.over = Some("nobody listens to this path".to_owned());
                    }
                    self.outbox.flush();
                }
                () = sleep_until(wake.into()) => self.tick(),
            }
        }
    }

    /// Takes out what the stack has to say and does what is due; returns when
    /// to look again.
    fn settle(&mut self) -> Instant {
        let look_again = self.watch_congestion(Instant::now());
        let carriage_wake = self.watch_carriage(Instant::now());
        self.send_due_probes();
        self.repeat_flight(Instant::now());
        self.retry_premature();
        let mut wake = self.drain();
        while self.channels.write_one(&mut self.rtc) {
            wake = self.drain();
        }
        self.describe_if_due();
        let mut wake = wake.min(self.drain());
        for look_again in look_again.into_iter().chain(carriage_wake) {
            wake = wake.min(look_again);
        }
        self.tell_candidates();
        let due = [self.probes.next_wake(), self.flight.next_wake()];
        for next in due.into_iter().flatten() {
            wake = wake.min(next);
        }
        if !self.wanted.is_empty() {
            wake = wake.min(self.opened + GATHERING);
        }
        if self.connected
            && let Some(due) = self.received.due()
            && self.media == Media::Receive
        {
            wake = wake.min(due);
        }
        wake
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.input(Input::Timeout(now));
        if self.connected && self.media == Media::Receive && self.received.asks(now) {
            self.drain();
            self.request_key_frame();
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Offer(reply) => self.wanted.push(Wanted::Offer(reply)),
            Command::Answer(offer, reply) => self.wanted.push(Wanted::Answer(offer, reply)),
            Command::AcceptAnswer(answer, reply) => {
                let result = self.accept_answer(&answer);
                // The caller may have given up waiting.
                drop(reply.send(result));
            }
            Command::AddCandidates(fragment) => self.add_candidates(&fragment),
            Command::RequestKeyFrame => self.request_key_frame(),
            Command::NothingShown => {
                self.first_frame = false;
                self.request_key_frame();
            }
            Command::Probe(local, remote, kinds) => self.probe(local, remote, &kinds),
            Command::ProbeRelay(server, kinds) => self.probe_relay(server, &kinds),
            Command::Data(channel, bytes) => {
                if !self.channels.put(channel, bytes) {
                    tracing::warn!(
                        channel = channel.label(),
                        "dropped a message: too many wait"
                    );
                }
            }
        }
    }
}
