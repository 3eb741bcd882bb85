//! The messages of RFC 5118: IPv6 addresses wherever SIP has addresses. One test
//! for each, which names the section that says what is right.

use hopsight_sip::server::Description;
use hopsight_sip::{Message, Uri};

macro_rules! message {
    ($name:literal) => {
        read(include_bytes!(concat!("../data/rfc5118/", $name, ".dat")))
    };
}

/// Section 4.1.
#[test]
fn a_reference_stands_in_request_uri_via_and_contact() {
    let message = message!("ipv6-good");

    assert_eq!(message.strict(), Ok(()));
    assert_eq!(request_host(&message), ("[2001:db8::10]".to_owned(), None));
    assert_eq!(message.via_top().unwrap().sent_by(), "[2001:db8::9:1]");
    assert_eq!(message.contacts()[0].host(), "[2001:db8::1]");
}

/// Section 4.2: should be answered with 400.
#[test]
fn an_address_without_brackets_is_refused() {
    let refusal = message!("ipv6-bad").strict().unwrap_err();

    assert_eq!((refusal.status, refusal.is_answerable), (400, true));
    assert!(
        refusal.reason.starts_with("the Request-URI is malformed"),
        "{}",
        refusal.reason
    );
}

/// Section 4.3: well-formed, and not what its sender wanted.
#[test]
fn a_port_inside_the_brackets_is_part_of_the_address() {
    let message = message!("port-ambiguous");

    assert_eq!(message.strict(), Ok(()));
    let host = "[2001:db8::10:5070]".to_owned();
    assert_eq!(request_host(&message), (host, None));
}

/// Section 4.4.
#[test]
fn a_port_behind_the_brackets_is_a_port() {
    let message = message!("port-unambiguous");

    assert_eq!(message.strict(), Ok(()));
    let host = "[2001:db8::10]".to_owned();
    assert_eq!(request_host(&message), (host, Some(5070)));
}

/// Section 4.5: both forms must be accepted.
#[test]
fn received_is_read_with_brackets_and_without() {
    let (with, without) = (
        message!("via-received-param-with-delim"),
        message!("via-received-param-no-delim"),
    );

    assert_eq!((with.strict(), without.strict()), (Ok(()), Ok(())));
    let (with, without) = (with.via_top().unwrap(), without.via_top().unwrap());
    assert_eq!(with.parameter("received"), Some("[2001:db8::9:255]"));
    assert_eq!(with.branch(), Some("z9hG4bKas3-111"));
    assert_eq!(without.parameter("received"), Some("2001:db8::9:255"));
    assert_eq!(without.branch(), Some("z9hG4bKas3"));
}

/// Section 4.6: SDP has no brackets.
#[test]
fn a_session_description_may_speak_ipv6() {
    let message = message!("ipv6-in-sdp");

    assert_eq!(message.strict(), Ok(()));
    assert_eq!(codecs(&message), ["H263-1998"]);
    assert!(message.body().starts_with(b"v=0\r\no=assistant"));
    assert!(
        message
            .body()
            .ends_with(b"a=rtpmap:107 H263-1998/90000\r\n")
    );
}

/// Section 4.7.
#[test]
fn hops_of_both_families_stand_in_one_message() {
    let message = message!("mult-ip-in-header");

    assert_eq!(message.strict(), Ok(()));
    let via = message.via_top().unwrap();
    assert_eq!((via.host(), via.port()), ("[2001:db8::9:1]", Some(6050)));
    assert_eq!(
        message.values("Via"),
        [
            "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
            "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
            "SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
        ]
    );
}

/// Section 4.8.
#[test]
fn media_of_both_families_stand_in_one_description() {
    let message = message!("mult-ip-in-sdp");

    assert_eq!(message.strict(), Ok(()));
    assert_eq!(codecs(&message), ["H263-1998"]);
}

/// Section 4.9.
#[test]
fn mapped_addresses_are_read_as_they_stand() {
    let message = message!("ipv4-mapped-ipv6");

    assert_eq!(message.strict(), Ok(()));
    let via = message.via_top().unwrap();
    assert_eq!(
        (via.host(), via.port()),
        ("[::ffff:192.0.2.10]", Some(19823))
    );
    assert_eq!(message.contacts()[0].host(), "[::ffff:192.0.2.2]");
}

/// Section 4.10: the grammar of RFC 3261 had a colon too many, which must be
/// tolerated.
#[test]
fn a_third_colon_before_an_embedded_address_is_tolerated() {
    for (message, host) in [
        (message!("ipv6-bug-abnf-3-colons"), "[2001:db8:::192.0.2.1]"),
        (
            message!("ipv6-correct-abnf-2-colons"),
            "[2001:db8::192.0.2.1]",
        ),
    ] {
        assert_eq!(message.strict(), Ok(()));
        assert_eq!(request_host(&message), (host.to_owned(), None));
        assert_eq!(message.to().unwrap().host(), host);
    }
}

#[test]
fn only_before_an_embedded_address_may_a_third_colon_stand() {
    for host in [
        "[2001:db8:::1]",
        "[:::]",
        "[2001::db8:::192.0.2.1]",
        "[::::192.0.2.1]",
    ] {
        assert!(Uri::parse(&format!("sip:a@{host}")).is_err(), "{host}");
    }
    assert!(Uri::parse("sip:a@[:::192.0.2.1]").is_ok());
}

/// Reads a message, which must give its bytes back.
fn read(bytes: &[u8]) -> Message {
    let message = Message::read(bytes).unwrap();
    assert_eq!(message.edit().finish(), bytes);
    message
}

fn request_host(message: &Message) -> (String, Option<u16>) {
    let uri = Uri::parse(message.request_uri().unwrap()).unwrap();
    (uri.host().to_owned(), uri.port())
}

fn codecs(message: &Message) -> Vec<String> {
    let content_type = message.header("Content-Type").unwrap();
    let told = Description::of(content_type, message.body());
    told.unwrap().codecs
}
