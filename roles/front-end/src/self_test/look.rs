//! Looks at the deployment as a client of this very machine would: its name,
//! its certificate, its relay.

use super::turn::{self, Grant, RelayTrouble};
use super::{RelaySeen, Seen, Shown};
use crate::front_end::FrontEnd;
use crate::settings::RelayPlace;
use hopsight_evidence::{Observation, Side};
use hopsight_kit::{Redacted, SessionId, Token};
use hopsight_machine::interfaces;
use hopsight_net::{Entropy, ServerAddress, Trust, certificate_seen};
use hopsight_turn::control::Command;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A self-test's grants end by themselves if they are not revoked.
const GRANT_LIFE: Duration = Duration::from_secs(60);

/// Everything that is looked at.
pub(super) async fn everything(front_end: &FrontEnd, clock_jump: u64) -> Seen {
    let settings = &front_end.settings;
    let server = settings.url.parse::<ServerAddress>();
    let server = server.unwrap_or_else(|_| ServerAddress {
        host: settings.host.clone(),
        port: settings.port,
    });
    let own = interfaces().unwrap_or_default();
    let own = own.into_iter().map(|one| IpAddr::V4(one.address)).collect();
    let name = looked_up(&server.host).await;
    let addresses = name.clone().unwrap_or_default();
    let shown = shown(front_end, &server, &addresses).await;
    let relay = match settings.relay {
        Some(place) => Some(relay(front_end, place).await),
        None => None,
    };
    Seen {
        now: front_end.clock.wall(),
        host: server.host,
        own,
        name,
        shown,
        leaf: settings.certificate.digits(),
        expires: settings.certificate_expires,
        relay,
        clock_jump,
    }
}

async fn looked_up(host: &str) -> Result<Vec<IpAddr>, String> {
    let Observation::NameLookedUp {
        addresses, problem, ..
    } = hopsight_probe::name(host).await
    else {
        return Err("the resolver was not asked".to_owned());
    };
    problem.map_or(Ok(addresses), Err)
}

/// What the first address that answers shows, as browsers try them in turn.
async fn shown(
    front_end: &FrontEnd,
    server: &ServerAddress,
    addresses: &[IpAddr],
) -> Result<Shown, String> {
    let trust = Trust::Authority(front_end.settings.authority);
    let mut last = "its name stands for no address".to_owned();
    for address in addresses {
        let address = SocketAddr::new(*address, server.port);
        match certificate_seen(server, address, &trust).await {
            Err(error) => last = error.to_string(),
            Ok(seen) => {
                let Observation::CertificateSeen { leaf, problem, .. } = seen else {
                    continue;
                };
                return Ok(Shown { leaf, problem });
            }
        }
    }
    Err(last)
}

async fn relay(front_end: &FrontEnd, place: RelayPlace) -> RelaySeen {
    let server = SocketAddr::new(place.address, place.stun_port);
    let mapped = turn::mapped(server).await;
    let session = SessionId::draw(front_end.clock.wall(), &mut Entropy);
    let through = match mapped {
        None => Err(RelayTrouble::Silent),
        Some(_) => match grants(front_end, &session).await {
            Some(grants) => turn::through(server, &grants).await,
            None => Err(RelayTrouble::Silent),
        },
    };
    command(front_end, Command::Revoke { session }).await;
    RelaySeen {
        place,
        mapped,
        through,
    }
}

/// One grant for each side of a session that nobody else has.
async fn grants(front_end: &FrontEnd, session: &SessionId) -> Option<[Grant; 2]> {
    let sharer = grant(front_end, session, Side::Sharer).await?;
    let viewer = grant(front_end, session, Side::Viewer).await?;
    Some([sharer, viewer])
}

async fn grant(front_end: &FrontEnd, session: &SessionId, side: Side) -> Option<Grant> {
    let username = format!("{session}.self-test.{side}");
    let password = Redacted::new(Token::draw(&mut Entropy).reveal().to_owned());
    let grant = Command::Grant {
        session: session.clone(),
        side,
        owner: "self-test".to_owned(),
        username: username.clone(),
        password: password.clone(),
        expires: front_end.clock.wall() + GRANT_LIFE,
    };
    command(front_end, grant).await?;
    Some((username, password))
}

async fn command(front_end: &FrontEnd, command: Command) -> Option<()> {
    let relay = front_end.relay.as_ref()?;
    relay.command(command).await.map(|_reply| ())
}
