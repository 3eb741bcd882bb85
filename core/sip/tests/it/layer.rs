//! The table of transactions: who gets which message.

use hopsight_kit::Moment;
use hopsight_sip::transaction::{Event, Layer, Reliability, RequestError, ServerKey, Settings};
use hopsight_sip::{Builder, Message};
use std::time::Duration;

const RELIABLE: Reliability = Reliability::Reliable;

#[test]
fn a_request_is_told_once_and_answered_on_its_flow() {
    let mut layer = Layer::new(Settings::default());
    let request = message("BYE", "z9hG4bK1");
    let key = ServerKey::of(&request).unwrap();
    let told = Event::Request {
        key: key.clone(),
        flow: 1,
        message: request.clone(),
    };

    assert_eq!(layer.receive(1, RELIABLE, request.clone(), at(0)), [told]);
    assert_eq!(layer.receive(1, RELIABLE, request, at(1)), []);
    assert_eq!(
        layer.respond(&key, 200, b"200".to_vec(), at(2)),
        [send(1, b"200"), Event::ServerEnded(key.clone())]
    );
    assert_eq!(layer.respond(&key, 200, b"200".to_vec(), at(3)), []);
    assert_eq!((layer.population(), layer.next_wake()), ((0, 0), None));
}

#[test]
fn a_response_finds_its_request_only_on_the_flow_of_the_request() {
    let mut layer = Layer::new(Settings::default());
    let request = message("MESSAGE", "z9hG4bK1");
    let ok = answer(&request, 200);
    let (key, sent) = layer.request(7, RELIABLE, request.clone(), at(0)).unwrap();
    let stray = |flow| Event::Stray {
        flow,
        message: ok.clone(),
    };

    assert_eq!(sent, [send(7, request.bytes())]);
    assert_eq!(layer.receive(8, RELIABLE, ok.clone(), at(1)), [stray(8)]);
    assert_eq!(
        layer.receive(7, RELIABLE, ok.clone(), at(1)),
        [
            Event::Response {
                key: key.clone(),
                message: ok.clone()
            },
            Event::ClientEnded(key)
        ]
    );
    assert_eq!(layer.receive(7, RELIABLE, ok.clone(), at(2)), [stray(7)]);
}

#[test]
fn the_ack_of_a_refusal_is_swallowed_and_that_of_a_2xx_is_told() {
    let mut layer = Layer::new(Settings::default());
    let invite = message("INVITE", "z9hG4bK1");
    let key = ServerKey::of(&invite).unwrap();
    let far_ack = message("ACK", "z9hG4bK2");
    layer.receive(1, RELIABLE, invite, at(0));
    layer.respond(&key, 486, Vec::new(), at(5));

    assert_eq!(
        layer.receive(1, RELIABLE, message("ACK", "z9hG4bK1"), at(9)),
        []
    );
    assert_eq!(layer.wake(at(9)), [Event::ServerEnded(key)]);
    assert_eq!(
        layer.receive(1, RELIABLE, far_ack.clone(), at(9)),
        [Event::Ack {
            flow: 1,
            message: far_ack
        }]
    );
}

#[test]
fn a_cancel_finds_the_invite_of_its_own_flow_and_no_other() {
    let mut layer = Layer::new(Settings::default());
    let invite = message("INVITE", "z9hG4bK1");
    let cancel = message("CANCEL", "z9hG4bK1");
    layer.receive(1, RELIABLE, invite.clone(), at(0));

    assert_eq!(layer.cancelled_by(1, &cancel), ServerKey::of(&invite));
    assert_eq!(layer.cancelled_by(2, &cancel), None);
    assert_eq!(layer.cancelled_by(1, &message("CANCEL", "z9hG4bK2")), None);
}

#[test]
fn a_full_table_answers_503_and_keeps_nothing() {
    let mut layer = Layer::new(Settings {
        servers: 1,
        clients: 1,
        ..Settings::default()
    });
    let refused = message("BYE", "z9hG4bK2");
    layer.receive(1, RELIABLE, message("BYE", "z9hG4bK1"), at(0));
    layer
        .request(1, RELIABLE, message("BYE", "z9hG4bK1"), at(0))
        .unwrap();

    let first = layer.receive(2, RELIABLE, refused.clone(), at(0));
    let [Event::Send { flow: 2, bytes }] = first.as_slice() else {
        panic!("{first:?}");
    };
    let response = Message::read(bytes).unwrap();
    assert_eq!(
        (response.status(), response.header("Retry-After")),
        (Some(503), Some("10"))
    );
    assert!(response.to().unwrap().tag().is_some());
    assert_eq!(layer.receive(2, RELIABLE, refused, at(1)), first);
    assert_eq!(
        layer
            .receive(2, RELIABLE, message("ACK", "z9hG4bK3"), at(1))
            .len(),
        1
    );
    assert_eq!(
        layer.request(2, RELIABLE, message("BYE", "z9hG4bK9"), at(1)),
        Err(RequestError::Clients { limit: 1 })
    );
    assert_eq!(layer.population(), (1, 1));
}

#[test]
fn a_closed_flow_ends_what_lived_on_it_and_nothing_else() {
    let mut layer = Layer::new(Settings::default());
    let (ours, _) = layer
        .request(1, RELIABLE, message("INVITE", "z9hG4bK1"), at(0))
        .unwrap();
    layer
        .request(2, RELIABLE, message("INVITE", "z9hG4bK2"), at(0))
        .unwrap();
    let request = message("BYE", "z9hG4bK3");
    layer.receive(1, RELIABLE, request.clone(), at(0));

    assert_eq!(
        layer.flow_closed(1),
        [
            Event::FlowLost(ours.clone()),
            Event::ClientEnded(ours),
            Event::ServerEnded(ServerKey::of(&request).unwrap())
        ]
    );
    assert_eq!((layer.population(), layer.flow_closed(1)), ((1, 0), vec![]));
}

#[test]
fn the_layer_wakes_for_the_earliest_of_all() {
    let mut layer = Layer::new(Settings::default());
    let request = message("OPTIONS", "z9hG4bK1");
    layer.receive(1, RELIABLE, message("INVITE", "z9hG4bK2"), at(1_000));
    let (key, _) = layer.request(1, RELIABLE, request, at(0)).unwrap();

    assert_eq!(layer.next_wake(), Some(at(1_200)));
    assert_eq!(layer.wake(at(1_200)).len(), 1);
    assert_eq!(layer.next_wake(), Some(at(32_000)));
    assert_eq!(layer.wake(at(31_999)), []);
    assert_eq!(
        layer.wake(at(32_000)),
        [Event::TimedOut(key.clone()), Event::ClientEnded(key)]
    );
}

#[test]
fn a_branch_serves_one_request_of_a_method() {
    let mut layer = Layer::new(Settings::default());
    let invite = message("INVITE", "z9hG4bK1");
    layer.request(1, RELIABLE, invite.clone(), at(0)).unwrap();
    let cancel = hopsight_sip::transaction::cancel(&invite);

    assert_eq!(
        layer.request(1, RELIABLE, invite.clone(), at(0)),
        Err(RequestError::Branch)
    );
    assert!(layer.request(1, RELIABLE, cancel, at(0)).is_ok());
    assert_eq!(
        layer.request(1, RELIABLE, answer(&invite, 200), at(0)),
        Err(RequestError::Branch)
    );
}

#[test]
fn a_sender_of_rfc_2543_is_matched_without_a_branch() {
    let mut layer = Layer::new(Settings::default());
    let old = |method: &str, tag: &str| {
        let text = String::from_utf8(message(method, "1").into_bytes()).unwrap();
        Message::read(
            text.replace("<sip:b@h>", &format!("<sip:b@h>{tag}"))
                .as_bytes(),
        )
        .unwrap()
    };
    let key = ServerKey::of(&old("INVITE", "")).unwrap();
    layer.receive(1, RELIABLE, old("INVITE", ""), at(0));
    layer.respond(&key, 486, Vec::new(), at(1));

    assert_eq!(layer.receive(1, RELIABLE, old("ACK", ";tag=9"), at(2)), []);
}

fn message(method: &str, branch: &str) -> Message {
    let text = format!(
        "{method} sip:bob@h SIP/2.0\r\nVia: SIP/2.0/TLS A:5061;branch={branch}\r\n\
         Max-Forwards: 9\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\n\
         CSeq: 3 {method}\r\n\r\n"
    );
    Message::read(text.as_bytes()).unwrap()
}

fn answer(request: &Message, status: u16) -> Message {
    Builder::response_to(request, status, "")
        .to_tag("9")
        .finish()
}

fn send(flow: u8, bytes: &[u8]) -> Event<u8> {
    Event::Send {
        flow,
        bytes: bytes.to_vec(),
    }
}

fn at(millis: u64) -> Moment {
    Moment::after_start(Duration::from_millis(millis))
}
