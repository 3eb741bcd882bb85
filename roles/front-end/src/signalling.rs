//! The ways into the SIP server: a flow for each connection, one task that owns
//! the server and carries out what it decides.

mod counts;
mod lookups;
mod records;
mod switchboard;

use crate::desk::{Desk, House};
use crate::settings::Settings;
use hopsight_evidence::Observation;
use hopsight_kit::{Moment, SessionId};
use hopsight_net::{Clock, RelayControl, SipConnectionSettings, carry_sip};
use hopsight_sip::server::{FlowId, FlowTransport, Identity, Server};
use hopsight_store::Store;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use switchboard::Switchboard;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use counts::Counts;
pub(crate) use lookups::identity_of;

/// Messages that may wait for the server.
const INBOX: usize = 1024;

/// Messages that may wait for one slow client before its flow is closed.
const OUTGOING: usize = 256;

/// What reaches the task that owns the server.
pub(crate) enum Event {
    Opened {
        flow: FlowId,
        remote: SocketAddr,
        transport: FlowTransport,
        identity: Option<Identity>,
        outgoing: mpsc::Sender<Vec<u8>>,
    },
    Received {
        flow: FlowId,
        message: Vec<u8>,
    },
    Closed {
        flow: FlowId,
    },
    Barred {
        uri: String,
    },
    Stop(oneshot::Sender<()>),
}

/// How a front end and its relay speak with each other.
#[derive(Debug)]
pub struct RelayLine {
    /// What the front end commands.
    pub control: RelayControl,
    /// What the relay observes.
    pub reports: mpsc::Receiver<(SessionId, Observation)>,
}

/// The handle on the SIP server.
#[derive(Clone, Debug)]
pub(crate) struct Signalling {
    inbox: mpsc::Sender<Event>,
    online: watch::Receiver<BTreeSet<String>>,
    pub(crate) counts: Counts,
    pub(crate) verdicts: Counts,
    last_flow: Arc<AtomicU64>,
}

/// Starts the server, with its relay and the relay's observations if there is
/// one.
pub(crate) fn start(
    settings: &Settings,
    store: Arc<dyn Store>,
    relay: Option<RelayLine>,
    clock: Clock,
) -> Signalling {
    let (relay, reports) = match relay {
        Some(line) => (Some(line.control), line.reports),
        None => (None, mpsc::channel(1).1),
    };
    let (inbox, events) = mpsc::channel(INBOX);
    let (presence, online) = watch::channel(BTreeSet::new());
    let (counts, verdicts) = (Counts::default(), Counts::default());
    let switchboard = Switchboard {
        server: Server::new(settings.sip()),
        domain: settings.domain.clone(),
        desk: Desk::new(House::of(settings)),
        flows: std::collections::BTreeMap::new(),
        presence,
        store,
        relay,
        counts: counts.clone(),
        verdicts: verdicts.clone(),
        clock,
        looked: Moment::START,
        swept: Moment::START,
    };
    tokio::spawn(switchboard.run(events, reports));
    Signalling {
        inbox,
        online,
        counts,
        verdicts,
        last_flow: Arc::new(AtomicU64::new(0)),
    }
}

impl Signalling {
    /// Begins a flow that the WebSocket carries.
    pub(crate) async fn open(
        &self,
        remote: SocketAddr,
        identity: Option<Identity>,
    ) -> Option<Flow> {
        self.begin(remote, FlowTransport::Wss, identity).await
    }

    async fn begin(
        &self,
        remote: SocketAddr,
        transport: FlowTransport,
        identity: Option<Identity>,
    ) -> Option<Flow> {
        let flow = FlowId(self.last_flow.fetch_add(1, Ordering::Relaxed) + 1);
        let (outgoing, waiting) = mpsc::channel(OUTGOING);
        let opened = Event::Opened {
            flow,
            remote,
            transport,
            identity,
            outgoing,
        };
        self.inbox.send(opened).await.ok()?;
        Some(Flow {
            flow,
            waiting,
            inbox: self.inbox.clone(),
        })
    }

    /// Lets go of whoever is reached at `uri`: it may no longer be here.
    pub(crate) async fn bar(&self, uri: String) {
        let _stopped = self.inbox.send(Event::Barred { uri }).await;
    }

    /// The addresses of record that can be reached, as it changes.
    pub(crate) fn online(&self) -> watch::Receiver<BTreeSet<String>> {
        self.online.clone()
    }

    /// Whether the server still works.
    pub(crate) fn is_running(&self) -> bool {
        !self.inbox.is_closed()
    }

    /// Ends the server after what has arrived was carried out.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.inbox.send(Event::Stop(done)).await.is_ok() {
            let _ended = stopped.await;
        }
    }
}

/// One connection's part of the server. Dropping it closes the flow.
#[derive(Debug)]
pub(crate) struct Flow {
    flow: FlowId,
    waiting: mpsc::Receiver<Vec<u8>>,
    inbox: mpsc::Sender<Event>,
}

impl Flow {
    /// Hands a message to the server; `false` when the server is gone.
    pub(crate) async fn received(&self, message: Vec<u8>) -> bool {
        let flow = self.flow;
        let event = Event::Received { flow, message };
        self.inbox.send(event).await.is_ok()
    }

    /// The next message for the client; none when the server closed the flow.
    pub(crate) async fn outgoing(&mut self) -> Option<Vec<u8>> {
        self.waiting.recv().await
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        let (inbox, flow) = (self.inbox.clone(), self.flow);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { inbox.send(Event::Closed { flow }).await });
        }
    }
}

/// Carries SIP between a TLS stream and the server until one of them ends.
pub(crate) async fn serve_stream<S>(signalling: &Signalling, stream: S, remote: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(mut flow) = signalling.begin(remote, FlowTransport::Tls, None).await else {
        return;
    };
    let (sender, mut receiver) = carry_sip(stream, remote, SipConnectionSettings::server());
    loop {
        let goes_on = tokio::select! {
            incoming = receiver.next() => match incoming {
                Some(Ok(message)) => flow.received(message).await,
                Some(Err(error)) => {
                    tracing::debug!(%remote, %error, "a SIP connection ended");
                    false
                }
                None => false,
            },
            outgoing = flow.outgoing() => outgoing.is_some_and(|bytes| sender.send(bytes).is_ok()),
        };
        if !goes_on {
            return;
        }
    }
}
