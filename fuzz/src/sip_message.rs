//! SIP messages: what was read is there byte for byte, what passed the gate
//! passes it again after a hop, and a hop can be undone.

use hopsight_sip::message::{Defect, MAX_BYTES, MAX_HEADERS, MAX_VIAS, Severity};
use hopsight_sip::{Builder, Message, NameAddr, Via};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(message) = Message::read(bytes) else {
        return;
    };
    assert_eq!(message.bytes(), bytes);
    assert_eq!(message.edit().finish(), bytes);
    let defects = message.defects();
    assert!(defects.is_sorted_by_key(|defect| defect.at));
    assert!(defects.iter().all(|defect| defect.at <= bytes.len()));
    let is_refused = |defect: &&_| matches!(Defect::severity(defect), Severity::Refuse(_));
    let refused = defects.iter().find(is_refused);
    assert_eq!(message.strict().is_err(), refused.is_some());
    headers_are_read_alike(&message);
    if refused.is_none() {
        a_hop_can_be_undone(&message);
        an_answer_passes(&message);
    }
}

fn headers_are_read_alike(message: &Message) {
    if let Some(via) = message.via_top() {
        assert_eq!(Via::parse(&via.to_string()), Ok(via));
    }
    let named = ["From", "To", "Contact", "Route", "Record-Route"];
    for address in named.iter().flat_map(|name| message.addresses(name)) {
        assert_eq!(NameAddr::parse(&address.to_string()), Ok(address));
    }
    let lengths = message.content_length();
    assert!(lengths.is_none_or(|length| message.body().len() <= length));
    assert!(message.all_headers().count() <= message.bytes().len());
}

fn a_hop_can_be_undone(message: &Message) {
    let via = "SIP/2.0/TLS proxy.invalid;branch=z9hG4bKhop";
    let is_near_a_limit = message.bytes().len() + 100 > MAX_BYTES
        || message.values("Via").len() >= MAX_VIAS
        || message.all_headers().count() >= MAX_HEADERS;
    if is_near_a_limit {
        return;
    }
    let there = message.edit().prepend_value("Via", via).finish();
    let there = Message::read(&there).expect("a forwarded message");
    assert_eq!(there.strict(), Ok(()));
    assert_eq!(there.body(), message.body());
    assert_eq!(there.via_top(), Via::parse(via).ok());
    let back = there.edit().remove_first_value("Via").finish();
    assert_eq!(back, message.bytes());
}

fn an_answer_passes(request: &Message) {
    if !request.is_request() {
        return;
    }
    let answer = Builder::response_to(request, 480, "Not There").to_tag("t");
    let answer = answer.finish();
    assert_eq!(answer.strict(), Ok(()));
    assert_eq!(answer.via_top(), request.via_top());
    assert_eq!(answer.call_id(), request.call_id());
    assert!(
        answer
            .to()
            .and_then(|to| to.tag().map(str::to_owned))
            .is_some()
    );
}
