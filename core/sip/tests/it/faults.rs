//! Faults that other SIP parsers were seen to have; ours must not.

use hopsight_sip::message::{Defect, MAX_BYTES, MAX_HEADERS, MAX_VIAS, Problem};
use hopsight_sip::{Builder, Message, Method, Start};

#[test]
fn a_method_nobody_knows_is_read_and_carried() {
    for name in [
        "SERVICE",
        "BENOTIFY",
        "!interesting-Method0123456789_*+`.%indeed'~",
    ] {
        let message = read(&request(name, "sip:bob@example.com", ""));

        assert_eq!(message.strict(), Ok(()));
        assert_eq!(message.method(), Some(&Method::Other(name.to_owned())));
    }
}

#[test]
fn a_latin_1_byte_costs_neither_its_line_nor_those_behind_it() {
    let text = request("INVITE", "sip:bob@example.com", "");
    let bytes = [
        text.trim_end().as_bytes(),
        b"\r\nSubject: Gr\xfc\xdfe\r\nX-Next: here\r\nContent-Length: 0\r\n\r\n",
    ]
    .concat();
    let message = Message::read(&bytes).unwrap();

    assert_eq!(message.strict(), Ok(()));
    assert_eq!(message.header("Subject"), Some("Grüße"));
    assert_eq!(message.header_bytes("Subject"), Some(&b"Gr\xfc\xdfe"[..]));
    assert_eq!(message.header("X-Next"), Some("here"));
    assert_eq!(message.content_length(), Some(0));
    assert_eq!(message.edit().finish(), bytes);
}

#[test]
fn conflicting_and_impossible_content_lengths_are_refused_with_400() {
    for lines in [
        "Content-Length: 4\r\nContent-Length: 6\r\n",
        "Content-Length: 4\r\nl: 4\r\n",
        "Content-Length: 4, 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: four\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999999\r\n",
    ] {
        let message = read(&(request("MESSAGE", "sip:bob@example.com", lines) + "abcdef"));
        let refusal = message.strict().unwrap_err();

        assert_eq!(
            (refusal.status, refusal.is_answerable),
            (400, true),
            "{lines}"
        );
    }
}

#[test]
fn a_line_without_a_colon_is_remarked_not_dropped() {
    let text = request(
        "INVITE",
        "sip:bob@example.com",
        "this is no header\r\nX-Next: here\r\n",
    );
    let message = read(&text);
    let defect = Defect {
        at: text.find("this").unwrap(),
        problem: Problem::NoHeader,
    };

    assert_eq!(message.defects(), std::slice::from_ref(&defect));
    assert_eq!(defect.section(), "RFC 3261 section 7.3.1");
    assert_eq!(message.header("X-Next"), Some("here"));
    assert_eq!(message.edit().finish(), text.as_bytes());
}

#[test]
fn another_version_is_refused_with_505() {
    let text =
        request("OPTIONS", "sip:bob@example.com", "").replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia");

    assert_eq!(read(&text).strict().unwrap_err().status, 505);
}

#[test]
fn control_characters_are_refused_wherever_they_stand() {
    for text in [
        request("INVITE", "sip:b\u{1}ob@example.com", ""),
        request("INVITE", "sip:bob@example.com", "Subject: a\u{0}b\r\n"),
        request("INVITE", "sip:bob@example.com", "Subject: a\rX: b\r\n"),
        request("INVITE", "sip:bob@example.com", "Subject: a\nX: b\r\n"),
    ] {
        assert_eq!(read(&text).strict().unwrap_err().status, 400, "{text:?}");
    }
}

#[test]
fn a_reason_phrase_leaves_as_it_came() {
    let text = "SIP/2.0 488 Not here, ICE failed\r\nVia: SIP/2.0/TLS a;branch=z9hG4bK1, SIP/2.0/TLS b;branch=z9hG4bK2\r\n\r\n";
    let message = read(text);

    assert_eq!(
        message.start(),
        Start::Response {
            status: 488,
            reason: b"Not here, ICE failed"
        }
    );
    let forwarded = message.edit().remove_first_value("Via").finish();
    assert_eq!(
        String::from_utf8(forwarded).unwrap(),
        "SIP/2.0 488 Not here, ICE failed\r\nVia: SIP/2.0/TLS b;branch=z9hG4bK2\r\n\r\n"
    );
}

#[test]
fn any_scheme_may_stand_in_the_request_uri() {
    for uri in [
        "tel:+4930123",
        "im:bob@example.com",
        "sips:bob@[::1]",
        "nobodyknows:this",
    ] {
        assert_eq!(read(&request("MESSAGE", uri, "")).strict(), Ok(()), "{uri}");
    }
}

#[test]
fn the_limits_hold_and_what_is_at_them_passes() {
    let mandatory = 6;
    let headers = |count: usize| "X: y\r\n".repeat(count - mandatory);
    let vias = |count: usize| "v: SIP/2.0/TCP a;branch=z9hG4bK2\r\n".repeat(count - 1);
    let joined = |count: usize| {
        let value = "SIP/2.0/TCP a;branch=z9hG4bK2";
        format!("Via: {}\r\n", vec![value; count - 1].join(","))
    };
    let filler = |size: usize| {
        let empty = request("MESSAGE", "sip:b@h", "X: \r\n").len();
        format!("X: {}\r\n", "y".repeat(size - empty))
    };
    let status = |lines: String| {
        read(&request("MESSAGE", "sip:b@h", &lines))
            .strict()
            .err()
            .map(|refusal| refusal.status)
    };

    assert_eq!(status(headers(MAX_HEADERS)), None);
    assert_eq!(status(headers(MAX_HEADERS + 1)), Some(400));
    assert_eq!(status(vias(MAX_VIAS)), None);
    assert_eq!(status(vias(MAX_VIAS + 1)), Some(400));
    assert_eq!(status(joined(MAX_VIAS + 1)), Some(400));
    assert_eq!(status(filler(MAX_BYTES)), None);
    assert_eq!(status(filler(MAX_BYTES + 1)), Some(513));
}

#[test]
fn missing_headers_and_a_wrong_method_in_cseq_are_refused() {
    let whole = request("INVITE", "sip:bob@example.com", "");
    let without = |name: &str| {
        let kept = whole.split_inclusive("\r\n");
        kept.filter(|line| !line.starts_with(name))
            .collect::<String>()
    };
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let refusal = read(&without(name)).strict().unwrap_err();
        assert_eq!(
            (refusal.status, refusal.is_answerable),
            (400, false),
            "{name}"
        );
    }
    assert_eq!(read(&without("Max-Forwards")).strict(), Ok(()));
    let other = whole.replace("1 INVITE", "1 BYE");
    assert_eq!(read(&other).strict().unwrap_err().status, 400);
}

#[test]
fn a_bad_ack_and_a_bad_response_are_never_answered() {
    let ack = request("ACK", "sip:bob@example.com", "Content-Length: x\r\n");
    let response = "SIP/2.0 99 Low\r\nVia: SIP/2.0/TCP a\r\n\r\n";

    for text in [ack.as_str(), response] {
        assert!(!read(text).strict().unwrap_err().is_answerable, "{text}");
    }
}

#[test]
fn what_has_no_start_line_is_no_message() {
    for text in [
        "",
        "\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "hello\r\n\r\n",
        "INVITE SIP/2.0\r\n\r\n",
    ] {
        assert!(Message::read(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn a_built_message_cannot_be_broken_open_by_a_value() {
    let message = Builder::request(&Method::Message, "sip:bob@example.com\r\nX: y")
        .header("Subject", "a\r\nRoute: <sip:evil>\r\n\r\nBYE")
        .body("text/plain", "hello")
        .finish();
    let names: Vec<&str> = message.all_headers().map(|(name, _)| name).collect();

    assert_eq!(names, ["Subject", "Content-Type", "Content-Length"]);
    assert_eq!(message.body(), b"hello");
}

fn read(text: &str) -> Message {
    Message::read(text.as_bytes()).unwrap()
}

/// A request that passes the strict gate, with `lines` behind its headers.
fn request(method: &str, uri: &str, lines: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\n\
         Via: SIP/2.0/TLS client.invalid;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@example.com>;tag=1\r\n\
         To: <sip:bob@example.com>\r\n\
         Call-ID: abc@client.invalid\r\n\
         CSeq: 1 {method}\r\n\
         {lines}\r\n"
    )
}
