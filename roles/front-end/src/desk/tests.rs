//! What the desk keeps of a session, seen in the store.

use super::*;
use crate::settings::{RelayPlace, Settings};
use hopsight_evidence::{CaptureState, Fact};
use hopsight_kit::{Fingerprint, Redacted, SeededRandom};
use hopsight_sip::server::{FlowId, IdentityKind};
use hopsight_store::{MemoryStore, Party};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

#[tokio::test]
async fn every_session_holds_what_the_house_offers_and_what_both_sides_described() {
    let mut scene = Scene::new(Some(relay())).await;
    let sdp = b"m=video 9 x 96\r\na=candidate:1 1 udp 1 10.0.0.5 9 typ host\r\n";
    let told = Description::of("application/sdp", sdp).unwrap();
    scene
        .desk
        .described(&scene.store, &scene.session, (Side::Viewer, told), NOW)
        .await;

    let expected = [
        Observation::NameStandsFor {
            name: "desk.test".to_owned(),
            addresses: vec!["10.1.0.10".parse().unwrap()],
        },
        Observation::CertificateShown {
            leaf: "08".repeat(32),
        },
        Observation::RelayOffered {
            servers: vec![
                "10.1.0.10:3478".parse().unwrap(),
                "10.1.0.10:443".parse().unwrap(),
            ],
        },
        Observation::Described {
            side: Side::Viewer,
            candidates: vec!["10.0.0.5:9".parse().unwrap()],
            hidden: 0,
            codecs: Vec::new(),
            fingerprint: None,
        },
    ];
    assert_eq!(scene.seen_by(Observer::FrontEnd).await, expected);
}

#[tokio::test]
async fn a_deployment_without_a_relay_says_so_in_every_session() {
    let scene = Scene::new(None).await;

    let offered = Observation::RelayOffered {
        servers: Vec::new(),
    };
    assert!(scene.seen_by(Observer::FrontEnd).await.contains(&offered));
}

#[tokio::test]
async fn a_side_whose_claims_come_from_the_future_has_its_clock_told() {
    let mut scene = Scene::new(None).await;
    scene.seat(Side::Sharer).await;
    let body = br#"{"claims":[{"at":1700000003000000,"fact":"first-frame","after_ms":7}]}"#;

    scene.says(Side::Sharer, body).await;

    let ahead = Observation::ClockAhead {
        side: Side::Sharer,
        offset_ms: 3000,
    };
    assert!(scene.seen_by(Observer::FrontEnd).await.contains(&ahead));
}

#[tokio::test]
async fn who_is_invited_may_say_before_the_answer_why_no_picture_comes() {
    let mut scene = Scene::new(None).await;
    scene.seat(Side::Viewer).await;
    let body =
        br#"{"claims":[{"at":1,"fact":"capture","state":"denied","text":"NotAllowedError"}]}"#;

    scene.says(Side::Sharer, body).await;

    let denied = Observation::Capture {
        state: CaptureState::Denied,
        text: "NotAllowedError".to_owned(),
    };
    assert_eq!(scene.seen_by(Observer::Sharer).await, [denied]);
}

#[tokio::test]
async fn a_second_device_of_somebody_who_takes_part_says_nothing_of_the_session() {
    let mut scene = Scene::new(None).await;
    scene.seat(Side::Sharer).await;
    let body = br#"{"claims":[{"at":1,"fact":"first-frame","after_ms":7}]}"#;
    let other = Endpoint {
        instance: "urn:uuid:another".to_owned(),
        flow: FlowId(9),
        ..endpoint(Side::Sharer)
    };
    let who = (&identity(Side::Sharer), &other);
    scene
        .desk
        .facts_came(&scene.store, &scene.session, who, body, NOW)
        .await;

    assert_eq!(scene.seen_by(Observer::Sharer).await, []);
}

/// A desk with one session between `ann` (sharer) and `bob` (viewer).
pub(super) struct Scene {
    pub(super) desk: Desk,
    pub(super) store: MemoryStore,
    pub(super) session: SessionId,
}

impl Scene {
    pub(super) async fn new(relay: Option<RelayPlace>) -> Self {
        let session = SessionId::draw(NOW, &mut SeededRandom::new(1));
        let parties = [Side::Sharer, Side::Viewer].map(party);
        let record = SessionRecord::new(session.clone(), parties.to_vec(), NOW);
        let store = MemoryStore::new();
        store.put_session(&record).await.unwrap();
        let mut desk = Desk::new(House::of(&settings(relay)));
        desk.open(&store, record, NOW).await;
        Self {
            desk,
            store,
            session,
        }
    }

    pub(super) async fn seat(&mut self, side: Side) {
        let address = Some("10.0.0.5:40000".parse().unwrap());
        self.desk
            .seat(
                &self.store,
                &self.session,
                side,
                &endpoint(side),
                address,
                NOW,
            )
            .await;
    }

    pub(super) async fn says(&mut self, side: Side, body: &[u8]) {
        let who = (&identity(side), &endpoint(side));
        self.desk
            .facts_came(&self.store, &self.session, who, body, NOW)
            .await;
    }

    pub(super) async fn seen_by(&self, observer: Observer) -> Vec<Observation> {
        let facts = self.store.facts(&self.session).await.unwrap().value;
        let own = facts.into_iter().filter(|fact| fact.observer == observer);
        own.map(|fact: Fact| fact.observation).collect()
    }
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Sharer => "ann",
        Side::Viewer => "bob",
    }
}

fn party(side: Side) -> Party {
    Party {
        side,
        account: name(side).to_owned(),
        uri: format!("sip:{}@hopsight.test", name(side)),
        display_name: name(side).to_owned(),
    }
}

fn identity(side: Side) -> Identity {
    Identity {
        name: name(side).to_owned(),
        uri: format!("sip:{}@hopsight.test", name(side)),
        display_name: name(side).to_owned(),
        kind: IdentityKind::Person,
    }
}

fn endpoint(side: Side) -> Endpoint {
    Endpoint {
        uri: format!("sip:{}@hopsight.test", name(side)),
        instance: format!("urn:uuid:{side}"),
        flow: FlowId(match side {
            Side::Sharer => 1,
            Side::Viewer => 2,
        }),
    }
}

pub(super) fn relay() -> RelayPlace {
    RelayPlace {
        address: "10.1.0.10".parse().unwrap(),
        stun_port: 3478,
    }
}

fn settings(relay: Option<RelayPlace>) -> Settings {
    Settings {
        domain: "hopsight.test".into(),
        url: "https://desk.test".into(),
        host: "desk.test".into(),
        addresses: vec!["10.1.0.10".parse().unwrap()],
        relay,
        port: 443,
        authority: Fingerprint([7; 32]),
        certificate: Fingerprint([8; 32]),
        certificate_expires: Timestamp::from_unix_seconds(4_000_000_000),
        node_key: Redacted::new([1; 32]),
        pages: &[("index.html", b"page")],
    }
}
