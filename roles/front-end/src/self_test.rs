//! Decides what a deployment's look at itself amounts to: for each test whether
//! it passed, what was seen, what to change. Looking is left to `look`, when to
//! look and whom to tell to `watch`.

mod look;
mod turn;
mod watch;

use crate::settings::RelayPlace;
use hopsight_evidence::CertificateProblem;
use hopsight_kit::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use turn::RelayTrouble;
pub(crate) use watch::Health;

/// So long before a certificate ends its administrator is told.
const TOLD_BEFORE_END: Duration = Duration::from_secs(14 * 24 * 3600);

/// A wall clock that moved against the monotonic one by more than this (seconds)
/// was set.
const CLOCK_JUMP: u64 = 2;

/// What one test of the deployment showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// Which test; stable.
    pub name: &'static str,
    /// Whether it passed.
    pub ok: bool,
    /// What was seen, as a sentence.
    pub says: String,
    /// What to change; empty when it passed.
    pub remedy: String,
    /// The fault of the catalogue that users would meet.
    pub code: Option<&'static str>,
}

/// Everything that a look at the deployment brought.
#[derive(Clone, Debug)]
struct Seen {
    now: Timestamp,
    /// The host in the configured URL.
    host: String,
    /// The addresses of this machine's interfaces.
    own: Vec<IpAddr>,
    /// What the host's name stands for, or why it stands for nothing.
    name: Result<Vec<IpAddr>, String>,
    /// What was shown where people open the pages.
    shown: Result<Shown, String>,
    /// The leaf that should be shown, and when it ends.
    leaf: String,
    expires: Timestamp,
    relay: Option<RelaySeen>,
    /// By how many seconds the wall clock was set since the last look.
    clock_jump: u64,
}

/// A certificate as a client sees it.
#[derive(Clone, Debug)]
struct Shown {
    leaf: String,
    problem: Option<CertificateProblem>,
}

/// What an own client of the relay met.
#[derive(Clone, Debug)]
struct RelaySeen {
    place: RelayPlace,
    /// As whom the relay saw the client that asked its advertised address.
    mapped: Option<SocketAddr>,
    /// Whether two own allocations reached each other.
    through: Result<(), RelayTrouble>,
}

/// All tests, in the order in which they are told.
fn judge(seen: &Seen) -> Vec<SelfTest> {
    let mut tests = vec![name(seen), certificate(seen), clock(seen)];
    if let Some(relay) = &seen.relay {
        tests.push(relay_address(seen, relay));
        // Behind an address that does not answer there is nothing to try.
        if relay.mapped.is_some() {
            tests.push(relay_service(relay));
        }
    }
    tests
}

fn passed(name: &'static str, says: String) -> SelfTest {
    SelfTest {
        name,
        ok: true,
        says,
        remedy: String::new(),
        code: None,
    }
}

fn failed(name: &'static str, code: &'static str, says: String, remedy: &str) -> SelfTest {
    SelfTest {
        name,
        ok: false,
        says,
        remedy: remedy.to_owned(),
        code: Some(code),
    }
}

fn name(seen: &Seen) -> SelfTest {
    let host = &seen.host;
    let addresses = match &seen.name {
        Ok(addresses) => addresses,
        Err(problem) => {
            let says = format!("The name {host} cannot be looked up from here: {problem}.");
            let remedy = "Add the name to the DNS that clients use, or correct `url`.";
            return failed("name", "name-resolution", says, remedy);
        }
    };
    let told = list(addresses);
    let is_own = addresses.iter().any(|address| seen.own.contains(address));
    let answers = (seen.shown.as_ref()).is_ok_and(|shown| shown.leaf == seen.leaf);
    if is_own || answers {
        return passed("name", format!("{host} stands for {told}."));
    }
    let own = list(&seen.own);
    let says = format!(
        "{host} stands for {told}; this machine has {own}, and nothing of it answers there."
    );
    let remedy = "Correct the name's DNS record, or `url` in the configuration.";
    failed("name", "name-resolution", says, remedy)
}

fn certificate(seen: &Seen) -> SelfTest {
    let host = &seen.host;
    let shown = match &seen.shown {
        Ok(shown) => shown,
        Err(problem) => {
            let says = format!("Nobody can sign in at {host}: {problem}.");
            let remedy = "Look whether the one port is open on this machine and whether a \
                firewall keeps it from itself; then `url`.";
            return failed("certificate", "server-not-listening", says, remedy);
        }
    };
    if shown.leaf != seen.leaf {
        let says = format!("Another server than this one answers TLS at {host}.");
        let remedy = "Correct the name's DNS record or the port forwarding, or take the box that \
            answers TLS in this server's place out of the way.";
        return failed("certificate", "tls-intercepted", says, remedy);
    }
    let problem = shown.problem.map(|problem| match problem {
        CertificateProblem::Expired => "has expired",
        CertificateProblem::NotYetValid => "is not valid yet",
        CertificateProblem::WrongName => "does not name this server",
        CertificateProblem::Untrusted => "is not signed by this deployment's authority",
    });
    if let Some(problem) = problem {
        let says = format!("The certificate that {host} shows {problem}.");
        let remedy = "Start the server again: it makes a new certificate for its names.";
        return failed("certificate", "certificate-invalid", says, remedy);
    }
    let left = seen.expires.since(seen.now);
    let days = left.as_secs() / (24 * 3600);
    if left < TOLD_BEFORE_END {
        let says = format!("The certificate of {host} ends in {days} days.");
        let remedy = "Start the server again before that: it renews its certificate at its start.";
        return failed("certificate", "certificate-invalid", says, remedy);
    }
    let says = format!("{host} shows this server's certificate, good for another {days} days.");
    passed("certificate", says)
}

fn clock(seen: &Seen) -> SelfTest {
    if seen.clock_jump <= CLOCK_JUMP {
        let says = "This server's clock runs evenly.".to_owned();
        return passed("clock", says);
    }
    let says = format!(
        "This server's clock was set by {} s within the last minutes.",
        seen.clock_jump
    );
    let remedy = "Look at the time service of this machine: relay grants, links and certificates \
        end by this clock.";
    failed("clock", "clock-skew", says, remedy)
}

fn relay_address(seen: &Seen, relay: &RelaySeen) -> SelfTest {
    let RelayPlace { address, stun_port } = relay.place;
    let at = SocketAddr::new(address, stun_port);
    let is_own = seen.own.contains(&address);
    let reaches_nobody = address.is_unspecified()
        || address.is_multicast()
        || (address.is_loopback() && !is_loopback(&seen.host));
    if reaches_nobody {
        let says = format!("The relay is offered at {address}, where no other machine reaches it.");
        let remedy = "Set `relay.advertised` to the address by which clients reach this machine.";
        return failed("relay-address", "advertised-address-wrong", says, remedy);
    }
    match relay.mapped {
        Some(mapped) => {
            let says =
                format!("The relay answers at {at} over UDP and sees this machine as {mapped}.");
            passed("relay-address", says)
        }
        None if is_own || address.is_loopback() => {
            let says =
                format!("The relay does not answer at {at} over UDP, not even this machine.");
            let remedy = "Look whether a firewall on this machine keeps UDP from that port.";
            failed("relay-address", "relay-udp-blocked", says, remedy)
        }
        None => {
            let says = format!(
                "The relay is offered at {address}, which this machine does not have, and nothing \
                 answers there from here."
            );
            let remedy = "Correct `relay.advertised`. If the address is right and a router in \
                front holds it, let that router forward the UDP ports, and lead this machine back \
                to it (NAT reflection), so that users inside reach it as well.";
            failed("relay-address", "advertised-address-wrong", says, remedy)
        }
    }
}

fn relay_service(relay: &RelaySeen) -> SelfTest {
    let at = SocketAddr::new(relay.place.address, relay.place.stun_port);
    let name = "relay-service";
    match relay.through {
        Ok(()) => passed(
            name,
            format!("Two own clients reached each other through the relay at {at}."),
        ),
        Err(RelayTrouble::Silent) => failed(
            name,
            "relay-udp-blocked",
            format!("An own client got no answer from the relay at {at} over UDP."),
            "See the test of the relay's address.",
        ),
        Err(RelayTrouble::Credentials(code)) => failed(
            name,
            "relay-credentials",
            format!("The relay at {at} refuses this server's own grant ({code})."),
            "Another relay answers at this address: correct `relay.advertised`, or stop it.",
        ),
        Err(RelayTrouble::Full(code)) => failed(
            name,
            "relay-quota",
            format!("The relay at {at} has no port left to lend ({code})."),
            "Widen `relay.ports`, or end what uses these ports on this machine.",
        ),
        Err(RelayTrouble::Refused(code)) => failed(
            name,
            "relay-peer-denied",
            format!("The relay at {at} refused one own client the other ({code})."),
            "Set `relay.advertised` to the address by which clients reach this machine.",
        ),
        Err(RelayTrouble::NotForwarded) => failed(
            name,
            "relay-ports-blocked",
            format!("The relay at {at} took a datagram and did not hand it on."),
            "Look whether a firewall on this machine keeps UDP from `relay.ports`.",
        ),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn list(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn a_deployment_without_a_fault_passes_every_test() {
        assert_eq!(faults(&sound()), []);
        assert_eq!(judge(&sound()).len(), 5);
    }

    #[test]
    fn each_fault_is_told_with_its_code() {
        let broken = |change: fn(&mut Seen)| {
            let mut seen = sound();
            change(&mut seen);
            faults(&seen)
        };

        let no_name = broken(|seen| seen.name = Err("no such name".to_owned()));
        assert_eq!(no_name, [("name", "name-resolution")]);
        let elsewhere = broken(|seen| {
            seen.name = Ok(vec!["203.0.113.1".parse().unwrap()]);
            seen.shown = Err("the connection was refused".to_owned());
        });
        let expected = [
            ("name", "name-resolution"),
            ("certificate", "server-not-listening"),
        ];
        assert_eq!(elsewhere, expected);
        let intercepted = broken(|seen| shown(seen).leaf = "ff".to_owned());
        assert_eq!(intercepted, [("certificate", "tls-intercepted")]);
        let wrong_name = broken(|seen| shown(seen).problem = Some(CertificateProblem::WrongName));
        assert_eq!(wrong_name, [("certificate", "certificate-invalid")]);
        let jumped = broken(|seen| seen.clock_jump = 3600);
        assert_eq!(jumped, [("clock", "clock-skew")]);
        let credentials = broken(|seen| relay(seen).through = Err(RelayTrouble::Credentials(401)));
        assert_eq!(credentials, [("relay-service", "relay-credentials")]);
        let full = broken(|seen| relay(seen).through = Err(RelayTrouble::Full(508)));
        assert_eq!(full, [("relay-service", "relay-quota")]);
    }

    #[test]
    fn a_certificate_is_told_fourteen_days_before_its_end_not_sooner() {
        let mut seen = sound();
        seen.expires = seen.now + DAY * 14;
        assert_eq!(faults(&seen), []);

        seen.now = seen.now + Duration::from_secs(1);
        assert_eq!(faults(&seen), [("certificate", "certificate-invalid")]);
    }

    #[test]
    fn a_relay_that_does_not_answer_is_blocked_here_or_offered_at_a_wrong_address() {
        let mut seen = sound();
        relay(&mut seen).mapped = None;
        relay(&mut seen).through = Err(RelayTrouble::Silent);
        assert_eq!(faults(&seen), [("relay-address", "relay-udp-blocked")]);

        relay(&mut seen).place.address = "203.0.113.9".parse().unwrap();
        let wrong = [("relay-address", "advertised-address-wrong")];
        assert_eq!(faults(&seen), wrong);

        let mut seen = sound();
        relay(&mut seen).place.address = "127.0.0.1".parse().unwrap();
        assert_eq!(faults(&seen), wrong);
        seen.host = "localhost".to_owned();
        assert_eq!(faults(&seen), []);
    }

    #[test]
    fn a_public_address_in_front_of_this_machine_is_no_fault_while_it_answers() {
        let mut seen = sound();
        seen.name = Ok(vec!["203.0.113.1".parse().unwrap()]);
        relay(&mut seen).place.address = "203.0.113.1".parse().unwrap();

        assert_eq!(faults(&seen), []);
    }

    fn faults(seen: &Seen) -> Vec<(&'static str, &'static str)> {
        let tests = judge(seen);
        for test in &tests {
            assert_eq!(test.ok, test.remedy.is_empty(), "{test:?}");
        }
        tests
            .iter()
            .filter_map(|test| Some((test.name, test.code?)))
            .collect()
    }

    fn shown(seen: &mut Seen) -> &mut Shown {
        seen.shown.as_mut().unwrap()
    }

    fn relay(seen: &mut Seen) -> &mut RelaySeen {
        seen.relay.as_mut().unwrap()
    }

    fn sound() -> Seen {
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let address = "10.1.0.10".parse().unwrap();
        Seen {
            now,
            host: "desk.test".to_owned(),
            own: vec![address],
            name: Ok(vec![address]),
            shown: Ok(Shown {
                leaf: "aa".to_owned(),
                problem: None,
            }),
            leaf: "aa".to_owned(),
            expires: now + DAY * 60,
            relay: Some(RelaySeen {
                place: RelayPlace {
                    address,
                    stun_port: 3478,
                },
                mapped: Some("10.1.0.10:40000".parse().unwrap()),
                through: Ok(()),
            }),
            clock_jump: 0,
        }
    }
}
