//! What a proxy changes, and that nothing else changes with it.

use hopsight_sip::{Builder, Message};

#[test]
fn a_proxy_changes_four_lines_and_no_other_byte() {
    let forwarded = read(INVITE)
        .edit()
        .set_request_uri("sip:bob@192.0.2.7:5061;transport=tls")
        .prepend_value("Via", "SIP/2.0/TLS proxy;branch=z9hG4bKp")
        .prepend_value("Record-Route", "<sip:token@proxy;lr>")
        .set_header("Max-Forwards", "69")
        .remove_first_value("Route")
        .finish();

    assert_eq!(
        text(forwarded),
        "INVITE sip:bob@192.0.2.7:5061;transport=tls SIP/2.0\r\n\
         Record-Route: <sip:token@proxy;lr>\r\n\
         X-odd :   kept   \r\n\
         Via: SIP/2.0/TLS proxy;branch=z9hG4bKp\r\n\
         v: SIP/2.0/WSS a.invalid;branch=z9hG4bK1 ,\r\n SIP/2.0/TCP b;branch=z9hG4bK2\r\n\
         Max-Forwards: 69\r\n\
         Route: <sip:next;lr>\r\n\
         Subject: one,\r\n\ttwo\r\n\
         Content-Length: 4\r\n\r\nbody"
    );
}

#[test]
fn a_via_learns_where_it_came_from_and_the_others_stay() {
    let message = read(INVITE);
    let via = message
        .via_top()
        .unwrap()
        .with_parameter("received", "192.0.2.9");
    let edited = message
        .edit()
        .replace_first_value("Via", &via.to_string())
        .finish();

    let values = Message::read(&edited).unwrap();
    assert_eq!(
        values.values("Via"),
        [
            "SIP/2.0/WSS a.invalid;branch=z9hG4bK1;received=192.0.2.9",
            "SIP/2.0/TCP b;branch=z9hG4bK2"
        ]
    );
}

#[test]
fn values_go_one_by_one_until_the_line_is_gone() {
    let message = read(INVITE);
    let mut edit = message.edit();

    edit.remove_first_value("Route").remove_first_value("Route");
    edit.remove_first_value("Route").remove_header("Subject");
    let left = Message::read(&edit.finish()).unwrap();
    assert_eq!(left.header("Route"), None);
    assert_eq!(left.header("Subject"), None);
    assert_eq!(left.values("Via").len(), 2);
}

#[test]
fn a_header_that_was_not_there_comes_last() {
    let edited = read(INVITE).edit().set_header("X-New", "a\r\nb").finish();

    assert!(text(edited).ends_with("Content-Length: 4\r\nX-New: a  b\r\n\r\nbody"));
}

#[test]
fn a_response_repeats_the_lines_of_its_request() {
    let request = read(
        "BYE sip:a@h SIP/2.0\r\nv: SIP/2.0/TLS c;branch=z9hG4bK1\r\nt: \"B\" <sip:b@h>\r\n\
         f: <sip:a@h>;tag=1\r\ni: x\r\nCSeq:  7  BYE\r\nTimestamp: 5\r\n\r\n",
    );
    let response = Builder::response_to(&request, 404, "No such person: bob")
        .to_tag("77")
        .header("Server", "Hopsight")
        .finish();

    assert_eq!(
        text(response.into_bytes()),
        "SIP/2.0 404 No such person: bob\r\nv: SIP/2.0/TLS c;branch=z9hG4bK1\r\n\
         f: <sip:a@h>;tag=1\r\nt: \"B\" <sip:b@h>;tag=77\r\ni: x\r\nCSeq:  7  BYE\r\n\
         Server: Hopsight\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_header_that_is_no_list_is_never_split() {
    let message = read(
        "BYE sip:a SIP/2.0\r\nSubject: a, b\r\nContact: \"x, y\" <sip:a,b@h>;p=1,<sip:c@h>\r\n\
         Authorization: Digest username=\"a\", realm=\"b\"\r\n\r\n",
    );

    assert_eq!(message.values("Subject"), ["a, b"]);
    assert_eq!(
        message.values("m"),
        ["\"x, y\" <sip:a,b@h>;p=1", "<sip:c@h>"]
    );
    assert_eq!(message.values("Authorization").len(), 1);
}

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
    X-odd :   kept   \r\n\
    v: SIP/2.0/WSS a.invalid;branch=z9hG4bK1 ,\r\n SIP/2.0/TCP b;branch=z9hG4bK2\r\n\
    Max-Forwards: 70\r\n\
    Route: <sip:proxy;lr>, <sip:next;lr>\r\n\
    Subject: one,\r\n\ttwo\r\n\
    Content-Length: 4\r\n\r\nbody";

fn read(text: &str) -> Message {
    Message::read(text.as_bytes()).unwrap()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
