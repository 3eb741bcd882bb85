//! `hopsight serve`: front end, relay and pages in one process. Wires them to
//! each other and to the one port; decides nothing else.

use crate::command_line;
use crate::failure::Failure;
use crate::metrics::{self, Sources};
use crate::signals::stop_requested;
use crate::state;
use hopsight_configuration::{self as configuration, Configuration, Listen};
use hopsight_front_end::{FrontEnd, Pages, RelayLine, RelayPlace, Settings};
use hopsight_kit::Fingerprint;
use hopsight_machine::{Interface, addresses, interfaces};
use hopsight_net::tls::server_config;
use hopsight_net::{
    Accepted, AcceptedKind, Authority, Clock, Entropy, ListenError, OnePort, OnePortSettings,
    RelayCommands, RelayControl, ServerAddress, Stopper,
};
use hopsight_relay::{Relay, RelayHandle, RelaySettings, StartRelayError};
use hopsight_store::Store;
use hopsight_turn::Network;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Commands that may wait for the relay.
const WAITING_COMMANDS: usize = 256;

/// So long a stop waits for connections to end by themselves.
const GRACE: Duration = Duration::from_secs(5);

/// The web pages, embedded.
const PAGES: Pages = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

pub(crate) async fn run(wanted: command_line::Serve) -> Result<(), Failure> {
    let configuration = configuration::load(wanted.config.as_deref(), std::env::vars())?;
    let running = Deployment::start(&configuration).await?;
    tracing::info!(url = running.url, ca = %running.authority, "ready");
    stop_requested().await;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

/// Everything of a deployment on this machine, running.
pub(crate) struct Deployment {
    /// Where people open the pages.
    pub(crate) url: String,
    /// The CA that signed the certificate.
    pub(crate) authority: Fingerprint,
    /// What is kept.
    pub(crate) store: Arc<dyn Store>,
    front_end: Arc<FrontEnd>,
    relay: Option<RelayHandle>,
    stopper: Stopper,
    accepting: tokio::task::JoinHandle<()>,
    watching: tokio::task::JoinHandle<()>,
}

impl Deployment {
    /// Starts the roles; when this returns they serve.
    pub(crate) async fn start(configuration: &Configuration) -> Result<Self, Failure> {
        let store = state::store(&configuration.state).await?;
        let clock = state::clock();
        let place = Place::of(configuration)?;
        let authority = Authority::open_or_make(&configuration.state, clock.wall())
            .map_err(|error| Failure::failed(format!("{error}\n  {}", error.remedy())))?;
        let identity = authority
            .server_identity(&place.names, clock.wall())
            .map_err(|error| Failure::failed(format!("{error}\n  {}", error.remedy())))?;
        let tls = server_config(&identity).map_err(|error| Failure::failed(error.to_string()))?;
        let (stopper, shutdown) = Stopper::new();
        let port = OnePort::open(&place.tcp, tls, OnePortSettings::default(), &shutdown)
            .map_err(|error| cannot_listen(&error))?;
        let (relay, line) = match configuration.relay.enabled {
            true => start_relay(configuration, &place, clock).await.map(Some)?,
            false => None,
        }
        .unzip();
        let settings = Settings {
            domain: configuration.domain.clone(),
            url: place.url.clone(),
            host: place.host.clone(),
            addresses: place.addresses(),
            relay: relay.is_some().then_some(RelayPlace {
                address: place.relay.into(),
                stun_port: configuration.listen.stun.port(),
            }),
            port: configuration.listen.address.port(),
            authority: authority.fingerprint(),
            certificate: identity.fingerprint(),
            certificate_expires: identity.expires,
            node_key: state::node_key(&configuration.state)?,
            pages: PAGES,
        };
        let front_end = FrontEnd::start(settings, Arc::clone(&store), line, clock);
        let sources = Sources {
            port: Box::new(port.counter()),
            front_end: Arc::clone(&front_end),
            relay: relay.clone(),
        };
        metrics::serve(configuration, sources, shutdown)?;
        let watching = tokio::spawn(Arc::clone(&front_end).watch_itself());
        let accepting = tokio::spawn(accept(
            port,
            configuration.listen.clone(),
            Arc::clone(&front_end),
            relay.clone(),
        ));
        Ok(Self {
            url: place.url,
            authority: authority.fingerprint(),
            store,
            front_end,
            relay,
            stopper,
            accepting,
            watching,
        })
    }

    /// Ends the roles. What was acknowledged is on disk already.
    pub(crate) async fn stop(self) {
        self.stopper.stop();
        self.watching.abort();
        self.front_end.stop().await;
        if let Some(relay) = &self.relay {
            relay.stop().await;
        }
        let _late = tokio::time::timeout(GRACE, self.accepting).await;
    }
}

/// Where people open the pages of this configuration.
pub(crate) fn public_url(configuration: &Configuration) -> Result<String, Failure> {
    Place::of(configuration).map(|place| place.url)
}

/// Where a deployment stands in the network.
struct Place {
    url: String,
    host: String,
    names: Vec<String>,
    tcp: Vec<SocketAddr>,
    relay: Ipv4Addr,
    interfaces: Vec<Interface>,
}

impl Place {
    /// Where this machine is reached, as far as it knows.
    fn addresses(&self) -> Vec<IpAddr> {
        let own = self.interfaces.iter().map(|one| one.address);
        let mut addresses: Vec<IpAddr> = own.chain([self.relay]).map(IpAddr::V4).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    fn of(configuration: &Configuration) -> Result<Self, Failure> {
        let interfaces = interfaces().map_err(|error| no_interfaces(&error))?;
        let own = own_address(configuration, &interfaces);
        let port = configuration.listen.address.port();
        let address: ServerAddress = match &configuration.url {
            None => ServerAddress {
                host: own.to_string(),
                port,
            },
            Some(url) => url.parse().map_err(|error| {
                Failure::usage(format!(
                    "url: {error}\n  correct `url` in the configuration"
                ))
            })?,
        };
        let relay = match configuration.relay.advertised {
            None => own,
            Some(IpAddr::V4(address)) => address,
            Some(IpAddr::V6(_)) => {
                return Err(Failure::usage(
                    "relay.advertised: the relay gives IPv4 addresses only\n  name an IPv4 address of this machine",
                ));
            }
        };
        let mut names: Vec<String> = interfaces
            .iter()
            .map(|one| one.address.to_string())
            .collect();
        names.extend([
            address.host.clone(),
            own.to_string(),
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
        ]);
        names.sort();
        names.dedup();
        Ok(Self {
            url: address.to_string(),
            host: address.host,
            names,
            tcp: vec![configuration.listen.address, configuration.listen.stun],
            relay,
            interfaces,
        })
    }
}

/// The address that others know this machine by, as far as it can tell.
fn own_address(configuration: &Configuration, interfaces: &[Interface]) -> Ipv4Addr {
    if let IpAddr::V4(address) = configuration.listen.address.ip()
        && !address.is_unspecified()
    {
        return address;
    }
    interfaces
        .first()
        .map_or(Ipv4Addr::LOCALHOST, |one| one.address)
}

async fn start_relay(
    configuration: &Configuration,
    place: &Place,
    clock: Clock,
) -> Result<(RelayHandle, RelayLine), Failure> {
    let mut settings = RelaySettings::new(configuration.domain.clone(), place.relay);
    settings.advertised_ipv6 = configuration.relay.advertised_ipv6;
    settings.tool_key = Some(state::node_key(&configuration.state)?);
    settings.udp = udp_listeners(configuration.listen.stun, place);
    settings.ports = configuration.relay.ports.0.clone();
    settings.peer_networks = peer_networks(configuration, place)?;
    settings.own_addresses = addresses().map_err(|error| no_interfaces(&error))?;
    settings.never.clone_from(&place.tcp);
    let started = Relay::start(settings, move || (clock.now(), clock.wall()), Entropy).await;
    let (relay, reports) = started.map_err(|error| cannot_relay(&error))?;
    let (control, commands) = RelayControl::new(WAITING_COMMANDS);
    tokio::spawn(steer(relay.clone(), commands));
    Ok((relay, RelayLine { control, reports }))
}

/// One socket per address, so that answers leave from the address that was asked.
fn udp_listeners(stun: SocketAddr, place: &Place) -> Vec<SocketAddr> {
    if !stun.ip().is_unspecified() {
        return vec![stun];
    }
    let mut addresses: Vec<Ipv4Addr> = place.interfaces.iter().map(|one| one.address).collect();
    addresses.push(Ipv4Addr::LOCALHOST);
    addresses
        .into_iter()
        .map(|address| (address, stun.port()).into())
        .collect()
}

/// The networks named in the configuration, or those this machine is on.
fn peer_networks(configuration: &Configuration, place: &Place) -> Result<Vec<Network>, Failure> {
    let Some(named) = &configuration.relay.peer_networks else {
        return Ok(place
            .interfaces
            .iter()
            .filter_map(|one| Network::new(one.address.into(), one.prefix).ok())
            .collect());
    };
    named
        .iter()
        .map(|text| {
            text.parse().map_err(|error| {
                Failure::usage(format!(
                    "relay.peer_networks: `{text}`: {error}\n  write for example 10.102.0.0/24"
                ))
            })
        })
        .collect()
}

/// Hands the front end's commands to the relay in the same process.
async fn steer(relay: RelayHandle, mut commands: RelayCommands) {
    while let Some(waiting) = commands.next().await {
        let reply = relay.command(waiting.command.clone());
        waiting.answer(reply);
    }
}

/// Beside the one port, the port of STUN and TURN carries nothing else.
async fn accept(
    mut port: OnePort,
    listen: Listen,
    front_end: Arc<FrontEnd>,
    relay: Option<RelayHandle>,
) {
    while let Some(accepted) = port.accept().await {
        let is_turn = matches!(accepted.kind, AcceptedKind::Turn(_));
        if is_turn || accepted.local.port() == listen.address.port() {
            serve(accepted, &front_end, relay.as_ref());
        }
    }
}

fn serve(accepted: Accepted, front_end: &Arc<FrontEnd>, relay: Option<&RelayHandle>) {
    let Accepted {
        kind,
        stream,
        local,
        remote,
    } = accepted;
    let front_end = Arc::clone(front_end);
    match kind {
        AcceptedKind::Http => drop(tokio::spawn(front_end.serve_http(stream, remote))),
        AcceptedKind::Sip => drop(tokio::spawn(front_end.serve_sip(stream, remote))),
        // Without a relay a stream that speaks TURN is closed at once.
        AcceptedKind::Turn(transport) => {
            if let Some(relay) = relay {
                relay.serve_stream(stream, local, remote, transport);
            }
        }
    }
}

fn no_interfaces(error: &std::io::Error) -> Failure {
    Failure::failed(format!(
        "could not list this machine's network interfaces: {error}"
    ))
}

fn cannot_listen(error: &ListenError) -> Failure {
    Failure::failed(format!("{error}\n  {}", error.remedy()))
}

fn cannot_relay(error: &StartRelayError) -> Failure {
    Failure::failed(format!(
        "{error}\n  choose another address or port as `listen.stun` in the configuration"
    ))
}
