//! Facts as two ends would tell them: desk1 shares at 10.102.0.139, desk2
//! views at 10.103.0.50, the relay is 10.21.151.10.

use super::facts::{DESK1, OWN, interface, told};
use crate::{Case, Code, Confidence, Culprit, Names, Verdict, diagnose};
use hopsight_evidence::{
    CallParty, CandidateKind, Fact, FactId, IcmpKind, Observation, Observer, Pair, Privilege,
    Quality, Side, SignallingRequest, Transport, Via,
};
use hopsight_kit::{SeededRandom, SessionId, Timestamp};
use std::net::{IpAddr, SocketAddr};

#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    pub(crate) facts: Vec<Fact>,
}

impl Story {
    pub(crate) fn tell(&mut self, observer: Observer, observation: Observation) -> &mut Self {
        let number = u32::try_from(self.facts.len()).unwrap() + 1;
        self.facts.push(Fact {
            id: FactId(number),
            session: session(),
            observer,
            at: Timestamp::default(),
            privilege: Privilege::User,
            quality: Quality::Direct,
            observation,
        });
        self
    }

    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let names = Names {
            sharer: Some("desk1".to_owned()),
            viewer: Some("desk2".to_owned()),
        };
        diagnose(&Case {
            facts: &self.facts,
            names: &names,
        })
    }

    /// Codes and confidences, the main one first.
    pub(crate) fn said(&self) -> Vec<(Code, Confidence)> {
        let verdicts = self.verdicts().into_iter();
        verdicts
            .map(|verdict| (verdict.code, verdict.confidence))
            .collect()
    }

    /// What the verdict with this code names, and how surely.
    pub(crate) fn named(&self, code: Code) -> Option<(Confidence, Culprit)> {
        let verdict = self.verdict(code)?;
        Some((verdict.confidence, verdict.culprit?))
    }

    /// The verdict with this code.
    pub(crate) fn verdict(&self, code: Code) -> Option<Verdict> {
        let mut verdicts = self.verdicts().into_iter();
        verdicts.find(|verdict| verdict.code == code)
    }

    /// The codes that the verdict with this code does not tell apart from it.
    pub(crate) fn rivals(&self, code: Code) -> Vec<Code> {
        let verdict = self.verdict(code).into_iter();
        verdict
            .flat_map(|verdict| verdict.cannot_tell_apart)
            .map(|rival| rival.code)
            .collect()
    }

    /// The same without what `unwanted` picks.
    pub(crate) fn without(&self, unwanted: fn(&Observation) -> bool) -> Self {
        let mut rest = self.clone();
        rest.facts.retain(|fact| !unwanted(&fact.observation));
        rest
    }

    /// Both ends tell their candidates and the front end where they sign in from.
    pub(crate) fn candidates(&mut self) -> &mut Self {
        for side in [Side::Sharer, Side::Viewer] {
            self.candidate(side, true, CandidateKind::Host, address(side));
            self.candidate(side, false, CandidateKind::Host, address(side.other()));
            let observation = Observation::SignedInFrom {
                side,
                address: SocketAddr::new(address(side).ip(), 50000),
            };
            self.tell(Observer::FrontEnd, observation);
        }
        self
    }

    pub(crate) fn candidate(
        &mut self,
        side: Side,
        own: bool,
        kind: CandidateKind,
        address: SocketAddr,
    ) -> &mut Self {
        let observation = Observation::Candidate {
            own,
            kind,
            transport: Transport::Udp,
            address,
        };
        self.tell(side.into(), observation)
    }

    pub(crate) fn checks(
        &mut self,
        side: Side,
        sent: u32,
        answered: u32,
        received: u32,
    ) -> &mut Self {
        let observation = Observation::Checks {
            pair: pair(side),
            sent,
            answered,
            received,
            refused: 0,
            waited_ms: 100,
        };
        self.tell(side.into(), observation)
    }

    pub(crate) fn silence(&mut self) -> &mut Self {
        self.candidates();
        self.checks(Side::Sharer, 12, 0, 0)
            .checks(Side::Viewer, 12, 0, 0)
    }

    pub(crate) fn refusal(
        &mut self,
        side: Side,
        offender: [u8; 4],
        kind: IcmpKind,
        after_ms: u64,
    ) -> &mut Self {
        self.refusal_about(side, address(side.other()), offender.into(), kind, after_ms)
    }

    pub(crate) fn refusal_about(
        &mut self,
        side: Side,
        destination: SocketAddr,
        offender: IpAddr,
        kind: IcmpKind,
        after_ms: u64,
    ) -> &mut Self {
        let observation = Observation::IcmpError {
            destination,
            offender,
            kind,
            mtu: None,
            matched: true,
            after_ms,
        };
        self.tell(side.into(), observation)
    }

    pub(crate) fn networks(&mut self) -> &mut Self {
        for side in [Side::Sharer, Side::Viewer] {
            let observation = Observation::Interface {
                address: address(side).ip(),
                prefix: 24,
                device: "eth0".to_owned(),
                kind: hopsight_evidence::LinkKind::Ethernet,
                hardware: None,
            };
            self.tell(side.into(), observation);
        }
        self
    }

    pub(crate) fn relay_silent(&mut self, side: Side, transports: &[Transport]) -> &mut Self {
        for &transport in transports {
            let observation = Observation::RelaySilent {
                server: relay(),
                transport,
                text: "no answer".to_owned(),
                waited_ms: 1500,
                connected: false,
            };
            self.tell(side.into(), observation);
        }
        self
    }

    pub(crate) fn relay_allocated(&mut self, side: Side) -> &mut Self {
        let observation = Observation::RelayAllocated {
            server: relay(),
            transport: Transport::Udp,
            relayed: SocketAddr::new(relay().ip(), 50001),
            mapped: Some(address(side)),
        };
        self.tell(side.into(), observation)
    }

    pub(crate) fn direct(&mut self) -> &mut Self {
        let observation = Observation::PathChosen {
            pair: pair(Side::Sharer),
        };
        self.tell(Observer::Sharer, observation)
    }

    pub(crate) fn summary(&mut self, diagnostic_id: u32, ice_warn: u32, inside: u8) -> &mut Self {
        let observation = Observation::LegacyMediaDebug {
            diagnostic_id,
            modality: "application-sharing".to_owned(),
            ice_warn,
            local_location: Some(inside),
            remote_location: Some(inside),
            measured_by: CallParty::Caller,
            measured_by_peer: true,
            keys_absent: vec!["RemoteMR".to_owned()],
            keys_unknown: vec!["LocalMR".to_owned()],
        };
        self.tell(Observer::Administrator, observation)
    }
}

/// An end that told its network, and nothing else yet.
pub(crate) fn inside(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.networks());
    story
}

/// Neither end is answered, and nobody said why.
pub(crate) fn silent(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.silence());
    story
}

/// The picture runs straight.
pub(crate) fn shared(more: impl FnOnce(&mut Story) -> &mut Story) -> Story {
    let mut story = Story::default();
    more(story.candidates().direct());
    story
}

/// The relay is silent over UDP and serves these sides over TCP.
pub(crate) fn without_udp<'a>(story: &'a mut Story, sides: &[Side]) -> &'a mut Story {
    for &side in sides {
        let observation = Observation::RelayAllocated {
            server: relay(),
            transport: Transport::Tcp,
            relayed: SocketAddr::new(relay().ip(), 50_002),
            mapped: None,
        };
        story
            .relay_silent(side, &[Transport::Udp])
            .tell(side.into(), observation);
    }
    story
}

/// Both ends stand in 10.0.0.0/8, and tell their addresses on the link.
pub(crate) fn in_one_network(story: &mut Story) -> &mut Story {
    for side in [Side::Sharer, Side::Viewer] {
        story.tell(side.into(), interface(address(side).ip(), 8, Some(OWN)));
    }
    story
}

/// The server's answer to a request of the sharer, who asks.
pub(crate) fn asked(request: SignallingRequest, status: u16, reason: &str) -> Story {
    let mut story = Story::default();
    story.tell(DESK1, told(request, status, reason));
    story
}

/// The seed's fault in the lab: both gateways lack the other VLAN.
pub(crate) fn refused_both_ways() -> Story {
    let mut story = Story::default();
    story.silence();
    story
        .refusal(
            Side::Sharer,
            [10, 102, 0, 1],
            IcmpKind::NetworkUnreachable,
            3,
        )
        .refusal(
            Side::Viewer,
            [10, 103, 0, 1],
            IcmpKind::NetworkUnreachable,
            2,
        );
    story
}

pub(crate) fn address(side: Side) -> SocketAddr {
    match side {
        Side::Sharer => ([10, 102, 0, 139], 30000).into(),
        Side::Viewer => ([10, 103, 0, 50], 40000).into(),
    }
}

pub(crate) fn pair(side: Side) -> Pair {
    Pair {
        local: address(side),
        remote: address(side.other()),
        via: Via::Direct,
    }
}

pub(crate) fn relay() -> SocketAddr {
    ([10, 21, 151, 10], 3478).into()
}

fn session() -> SessionId {
    SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1))
}
