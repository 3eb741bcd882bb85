//! What may be told besides the way between the two machines, true or not: by an
//! end, by the relay, by the front end.

use super::facts::{
    FRONT_END, LOOPBACK, RELAY, ahead, answered, capture, certificate_at, certificate_shown,
    denied, heard, lent_port, looked_up, offered, on_link, pictures, presented, promised,
    run_arrived, run_sent, stands_for, stopped, told,
};
use super::story::{address, relay};
use hopsight_evidence::{
    CaptureState, CertificateProblem, DtlsStep, HardwareAddress, Hop, IcmpKind, LinkKind,
    NeighbourState, Observation, Observer, Pace, Side, SignallingRequest, TcpOutcome, Transport,
    TurnMethod,
};
use std::net::{IpAddr, SocketAddr};

/// The claim with this number, and who tells it.
pub(crate) fn besides(
    side: Side,
    what: u8,
    one: IpAddr,
    other: IpAddr,
    count: u32,
) -> (Observer, Observation) {
    if what < 8 {
        return of_servers(side, what, one, count);
    }
    let observation = match what {
        8..16 => of_the_relay_and_sign_in(what, one, other, count),
        16..24 => of_the_link(side, what, one, other, count),
        _ => of_the_picture(what, count),
    };
    (side.into(), observation)
}

/// By those who may.
fn of_servers(side: Side, what: u8, one: IpAddr, count: u32) -> (Observer, Observation) {
    let is_so = count > 1;
    match what {
        0 => {
            let offset_ms = [0, 3_600_000, -3_600_000, 3_500_000][count as usize];
            (FRONT_END, ahead(side, offset_ms))
        }
        1 => (FRONT_END, certificate_shown(LEAVES[count as usize % 2])),
        2 => (FRONT_END, stands_for(vec![one])),
        3 => {
            let offers: [&[SocketAddr]; 3] = [&[], &[LOOPBACK], &[relay()]];
            (FRONT_END, offered(offers[count as usize % 3]))
        }
        4 => (FRONT_END, promised(LEAVES[count as usize % 2])),
        5 => (RELAY, heard(side, count)),
        6 => (side.into(), lent_port(8, is_so)),
        _ => (RELAY, denied(one)),
    }
}

fn of_the_relay_and_sign_in(what: u8, one: IpAddr, other: IpAddr, count: u32) -> Observation {
    let pick = count as usize;
    let transport = [Transport::Udp, Transport::Tcp, Transport::Tls][pick % 3];
    match what {
        8 => answered(TurnMethod::Allocate, [401, 486, 508, 441][pick]),
        9 => answered(TurnMethod::CreatePermission, 403),
        10 => Observation::RelayAllocated {
            server: relay(),
            transport,
            relayed: SocketAddr::new(one, 50_001),
            mapped: None,
        },
        11 => {
            let problems = [
                None,
                Some(CertificateProblem::Expired),
                Some(CertificateProblem::Untrusted),
                Some(CertificateProblem::WrongName),
            ];
            certificate_at(relay(), LEAVES[pick % 2], problems[pick])
        }
        12 => told(
            SignallingRequest::SignIn,
            [401, 403, 420, 200][pick],
            "Said",
        ),
        13 => told(
            SignallingRequest::Invite,
            [403, 480, 488, 420][pick],
            "Said",
        ),
        14 => match one {
            IpAddr::V4(address) => looked_up(&[address.octets()], None),
            IpAddr::V6(_) => looked_up(&[], Some("no such name")),
        },
        _ => Observation::TcpTrace {
            destination: SocketAddr::new(relay().ip(), 443),
            highest: 12,
            hops: vec![Hop {
                ttl: 1,
                address: other,
            }],
            outcome: [TcpOutcome::Refused, TcpOutcome::Silent][pick % 2],
            reset_at: [None, None, Some(1), Some(2)][pick],
        },
    }
}

fn of_the_link(side: Side, what: u8, one: IpAddr, other: IpAddr, count: u32) -> Observation {
    let pick = count as usize;
    let hardware = HardwareAddress(["02:00:00:00:00:01", "02:00:00:00:00:99"][pick % 2].to_owned());
    match what {
        16 | 17 => Observation::Route {
            destination: one,
            via: None,
            device: "tun0".to_owned(),
            device_kind: [LinkKind::Tunnel, LinkKind::Bridge, LinkKind::Ethernet][pick % 3],
            source: None,
            neighbour: [NeighbourState::Answers, NeighbourState::Silent][pick % 2],
            neighbour_hardware: Some(hardware),
        },
        18 => on_link(side, NeighbourState::Silent, None),
        19 | 20 => Observation::Interface {
            address: address(side).ip(),
            prefix: 8,
            device: "eth0".to_owned(),
            kind: LinkKind::Ethernet,
            hardware: Some(hardware),
        },
        21 | 22 => Observation::IcmpError {
            destination: SocketAddr::new(one, 40_000),
            offender: other,
            kind: [IcmpKind::TooBig, IcmpKind::TimeExceeded][pick % 2],
            mtu: Some([1200, 1400][pick / 2]),
            matched: true,
            after_ms: 3,
        },
        _ => Observation::CandidateUnresolved {
            name: "4f6a0c1e.local".to_owned(),
        },
    }
}

fn of_the_picture(what: u8, count: u32) -> Observation {
    let pick = count as usize;
    let amount = [50, 40, 20, 0][pick];
    match what {
        24 => presented(LEAVES[pick % 2]),
        25 => Observation::Dtls {
            step: [DtlsStep::Failed, DtlsStep::Connected][pick % 2],
        },
        26 => pictures(20, 40, u64::from(count), pick == 3),
        27 => capture([CaptureState::Denied, CaptureState::NoSource][pick % 2]),
        28 => stopped(9000, 3000),
        29 => run_sent([Pace::Slow, Pace::Burst][pick % 2], 50),
        30 => run_arrived([Pace::Slow, Pace::Burst][pick % 2], amount),
        31 => Observation::SizesSent {
            destination: address(Side::Viewer),
            sizes: vec![1100, 1250, 1400],
        },
        _ => Observation::SizesArrived {
            source: address(Side::Sharer),
            sizes: vec![[1100, 1250][pick % 2]],
        },
    }
}

/// Two fingerprints.
const LEAVES: [&str; 2] = ["aa11", "bb22"];
