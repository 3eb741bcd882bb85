//! Follows the way of TCP connections to a server: one attempt for each hop
//! limit, each on a socket of its own, with the kernel's error queue telling
//! which router let it die, and who else said why it came to nothing: a router
//! that refuses, or this machine, when nobody answers for its next hop. A reset
//! that comes back at a hop limit too small to reach the server was not sent by
//! the server. Where TCP is known to pass the routers on its way are asked for, and
//! nobody is waited for. Unprivileged; Linux.

use hopsight_evidence::{Hop, IcmpKind, NeighbourState, Observation, TcpOutcome};
use hopsight_machine::{self as machine, drain_error_queue, enable_error_queue};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, connect, setsockopt, socket, sockopt,
};
use std::collections::BTreeMap;
use std::io::Error;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// The largest hop limit that is tried.
const HIGHEST: u8 = 12;

/// Between two attempts, so that no router answers two of them at once.
const SPACING: Duration = Duration::from_millis(15);

/// One repetition of the first packet, which comes after a second, had its
/// time.
const PATIENCE: Duration = Duration::from_millis(1300);

/// Where TCP passes, who answers has answered by now, and nothing is repeated yet.
const ANSWERED: Duration = Duration::from_millis(600);

/// A neighbour is asked three times, one second apart; then the kernel gives
/// its packets up (3.07 s, measured).
const NEIGHBOUR_PATIENCE: Duration = Duration::from_millis(3300);

/// What came of following connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How far they came, as [`Observation::TcpTrace`].
    pub trace: Observation,
    /// Who refused them and how, each as [`Observation::IcmpError`].
    pub refusals: Vec<Observation>,
}

/// What one attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Accepted,
    Reset,
    Silent,
    TimeExceeded(IpAddr),
    /// By whom, how, and when it was known.
    Refused(IpAddr, IcmpKind, Instant),
    Unreachable,
}

/// Where connections to `destination` come to with hop limits from 1 to 12.
/// Connections that are accepted are closed at once. Refusals count from
/// `since`, when the first packet to it left; where the next hop was asked and
/// is silent, the kernel's last word about it is waited for. Must be called
/// within a tokio runtime.
pub async fn tcp_trace(
    destination: SocketAddr,
    since: std::time::Instant,
    next_hop: NeighbourState,
) -> Followed {
    let patience = match next_hop {
        NeighbourState::Silent => NEIGHBOUR_PATIENCE,
        NeighbourState::Answers | NeighbourState::Unknown => PATIENCE,
    };
    let said = attempts(destination, HIGHEST, patience).await;
    Followed {
        trace: summary(destination, HIGHEST, &said),
        refusals: refusals(destination, &said, since.into()),
    }
}

/// Which routers answer on the way of TCP to `destination`, where it is known to
/// pass, with hop limits from 1 to `highest`: an [`Observation::TcpTrace`].
pub async fn tcp_hops(destination: SocketAddr, highest: u8) -> Observation {
    let said = attempts(destination, highest, ANSWERED).await;
    summary(destination, highest, &said)
}

/// One attempt for each hop limit, in their order.
async fn attempts(destination: SocketAddr, highest: u8, patience: Duration) -> Vec<(u8, Said)> {
    let until = Instant::now() + SPACING * u32::from(highest) + patience;
    let mut attempts = JoinSet::new();
    for limit in 1..=highest {
        attempts.spawn(async move {
            sleep(SPACING * u32::from(limit - 1)).await;
            let said = timeout_at(until, attempt(destination, limit)).await;
            (limit, said.unwrap_or(Said::Silent))
        });
    }
    let mut said = Vec::new();
    while let Some(one) = attempts.join_next().await {
        said.extend(one.ok());
    }
    said.sort_unstable_by_key(|(limit, _)| *limit);
    said
}

/// What the attempts amount to, in the order of their hop limits.
fn summary(destination: SocketAddr, highest: u8, said: &[(u8, Said)]) -> Observation {
    let hops = said.iter().filter_map(|(limit, said)| match said {
        Said::TimeExceeded(address) => Some(Hop {
            ttl: *limit,
            address: *address,
        }),
        Said::Accepted | Said::Reset | Said::Silent | Said::Refused(..) | Said::Unreachable => None,
    });
    let first = |wanted: fn(Said) -> bool| said.iter().find(|(_, said)| wanted(*said));
    let reset = first(|said| said == Said::Reset);
    let is_unreachable = |said| matches!(said, Said::Refused(..) | Said::Unreachable);
    let outcome = if first(|said| said == Said::Accepted).is_some() {
        TcpOutcome::Accepted
    } else if reset.is_some() {
        TcpOutcome::Refused
    } else if first(is_unreachable).is_some() {
        TcpOutcome::Unreachable
    } else {
        TcpOutcome::Silent
    };
    Observation::TcpTrace {
        destination,
        highest,
        hops: hops.collect(),
        outcome,
        reset_at: reset.map(|(limit, _)| *limit),
    }
}

/// Each refusal once, with the time of its first word.
fn refusals(destination: SocketAddr, said: &[(u8, Said)], since: Instant) -> Vec<Observation> {
    let mut first: BTreeMap<(IpAddr, IcmpKind), Instant> = BTreeMap::new();
    for (_, said) in said {
        if let Said::Refused(offender, kind, at) = *said {
            let known = first.entry((offender, kind)).or_insert(at);
            *known = at.min(*known);
        }
    }
    let refusal = |((offender, kind), at): ((IpAddr, IcmpKind), Instant)| {
        let after = at.saturating_duration_since(since).as_millis();
        Observation::IcmpError {
            destination,
            offender,
            kind,
            mtu: None,
            matched: true,
            after_ms: u64::try_from(after).unwrap_or(u64::MAX),
        }
    };
    first.into_iter().map(refusal).collect()
}

async fn attempt(destination: SocketAddr, limit: u8) -> Said {
    match begin(destination, limit) {
        Ok(Begun::Under(socket)) => settled(socket).await,
        Ok(Begun::Settled(said)) => said,
        Err(error) => {
            tracing::debug!(%destination, limit, %error, "a connection attempt was not made");
            Said::Unreachable
        }
    }
}

/// An attempt that has left, or was settled at once.
enum Begun {
    Under(TcpStream),
    Settled(Said),
}

fn begin(destination: SocketAddr, limit: u8) -> Result<Begun, Error> {
    let family = match destination {
        SocketAddr::V4(_) => AddressFamily::Inet,
        SocketAddr::V6(_) => AddressFamily::Inet6,
    };
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(family, SockType::Stream, flags, None)?;
    let hops = i32::from(limit);
    match destination {
        SocketAddr::V4(_) => setsockopt(&socket, sockopt::Ipv4Ttl, &hops)?,
        SocketAddr::V6(_) => setsockopt(&socket, sockopt::Ipv6Ttl, &hops)?,
    }
    enable_error_queue(&socket, destination.ip())?;
    match connect(socket.as_raw_fd(), &SockaddrStorage::from(destination)) {
        Ok(()) => Ok(Begun::Settled(Said::Accepted)),
        Err(Errno::EINPROGRESS) => {
            let stream = std::net::TcpStream::from(socket);
            Ok(Begun::Under(TcpStream::from_std(stream)?))
        }
        Err(errno) => Ok(Begun::Settled(of_errno(errno))),
    }
}

async fn settled(stream: TcpStream) -> Said {
    loop {
        if let Err(error) = stream.writable().await {
            return of_errno(Errno::from_raw(error.raw_os_error().unwrap_or(0)));
        }
        // What a router said names it; the socket's own error does not.
        if let Some(said) = told(&stream) {
            return said;
        }
        match stream.take_error() {
            Ok(None) if stream.peer_addr().is_ok() => return Said::Accepted,
            Ok(None) => wait_again(&stream),
            Ok(Some(error)) | Err(error) => {
                return of_errno(Errno::from_raw(error.raw_os_error().unwrap_or(0)));
            }
        }
    }
}

/// The socket was not ready after all.
fn wait_again(stream: &TcpStream) {
    let not_yet = || Err::<(), Error>(std::io::ErrorKind::WouldBlock.into());
    drop(stream.try_io(Interest::WRITABLE, not_yet));
}

fn of_errno(errno: Errno) -> Said {
    if matches!(errno, Errno::ECONNREFUSED | Errno::ECONNRESET) {
        Said::Reset
    } else if errno == Errno::ETIMEDOUT {
        Said::Silent
    } else {
        Said::Unreachable
    }
}

/// The first word of the network in the error queue of `socket`.
fn told(socket: &TcpStream) -> Option<Said> {
    let entries = drain_error_queue(socket);
    entries.iter().find_map(|entry| match entry.said {
        machine::Said::Network { kind, offender, .. } => offender.map(|by| of_icmp(kind, by)),
        machine::Said::ThisMachine { .. } => None,
    })
}

fn of_icmp(kind: IcmpKind, offender: IpAddr) -> Said {
    if kind == IcmpKind::TimeExceeded {
        Said::TimeExceeded(offender)
    } else {
        Said::Refused(offender, kind, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_that_comes_before_the_server_is_told_with_its_hop_limit() {
        let router = IpAddr::from([10, 0, 0, 1]);
        let beyond = IpAddr::from([10, 0, 9, 1]);
        let said = [
            (1, Said::TimeExceeded(router)),
            (2, Said::Reset),
            (3, Said::TimeExceeded(beyond)),
            (4, Said::Reset),
        ];

        let expected = Observation::TcpTrace {
            destination: place(),
            highest: HIGHEST,
            hops: vec![
                Hop {
                    ttl: 1,
                    address: router,
                },
                Hop {
                    ttl: 3,
                    address: beyond,
                },
            ],
            outcome: TcpOutcome::Refused,
            reset_at: Some(2),
        };
        assert_eq!(summary(place(), HIGHEST, &said), expected);
    }

    #[test]
    fn one_attempt_that_is_accepted_outweighs_those_that_died() {
        let outcome = |said: &[(u8, Said)]| {
            let Observation::TcpTrace { outcome, .. } = summary(place(), HIGHEST, said) else {
                unreachable!("a trace gives a trace");
            };
            outcome
        };
        let silent = (1, Said::Silent);

        assert_eq!(
            outcome(&[silent, (2, Said::Accepted)]),
            TcpOutcome::Accepted
        );
        assert_eq!(
            outcome(&[silent, (2, Said::Unreachable)]),
            TcpOutcome::Unreachable
        );
        assert_eq!(outcome(&[silent]), TcpOutcome::Silent);
    }

    #[test]
    fn a_refusal_is_told_once_by_whom_it_came_and_when_it_first_did() {
        let router = IpAddr::from([10, 0, 0, 1]);
        let since = Instant::now();
        let at = |millis| since + Duration::from_millis(millis);
        let refused = |millis| Said::Refused(router, IcmpKind::HostUnreachable, at(millis));
        let said = [
            (1, Said::TimeExceeded(router)),
            (2, refused(1502)),
            (3, refused(1501)),
            (4, Said::Silent),
        ];

        let expected = Observation::IcmpError {
            destination: place(),
            offender: router,
            kind: IcmpKind::HostUnreachable,
            mtu: None,
            matched: true,
            after_ms: 1501,
        };
        assert_eq!(refusals(place(), &said, since), [expected]);
        let Observation::TcpTrace { outcome, .. } = summary(place(), HIGHEST, &said) else {
            unreachable!("a trace gives a trace");
        };
        assert_eq!(outcome, TcpOutcome::Unreachable);
    }

    fn place() -> SocketAddr {
        SocketAddr::from(([10, 0, 9, 9], 443))
    }
}
