//! What holds for every message, however bent.

use hopsight_sip::framing::{Framed, StreamReader};
use hopsight_sip::message::Parameters;
use hopsight_sip::{Message, NameAddr, Uri, Via};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_keeps_every_byte(bytes in mutated()) {
        if let Ok(message) = Message::read(&bytes) {
            prop_assert_eq!(message.bytes(), &bytes[..]);
            prop_assert_eq!(message.edit().finish(), bytes);
        }
    }

    #[test]
    fn no_message_makes_the_reader_or_an_edit_panic(bytes in mutated()) {
        if let Ok(message) = Message::read(&bytes) {
            let mut edit = message.edit();
            for name in ["Via", "Route", "Contact", "Subject"] {
                edit.remove_first_value(name).prepend_value(name, "x").set_header(name, "y");
            }
            edit.set_request_uri("sip:x");
            prop_assert!(Message::read(&edit.finish()).is_ok());
            prop_assert!(message.defects().is_sorted_by_key(|defect| defect.at));
            prop_assert!(message.defects().iter().all(|defect| defect.at <= bytes.len()));
        }
    }

    #[test]
    fn a_message_that_passes_the_gate_passes_it_again_after_an_edit(bytes in mutated()) {
        if let Some(message) = Message::read(&bytes).ok().filter(|message| message.strict().is_ok()) {
            let via = "SIP/2.0/TLS proxy;branch=z9hG4bKp";
            let edited = message.edit().prepend_value("Via", via).finish();
            prop_assert_eq!(Message::read(&edited).unwrap().strict(), Ok(()));
        }
    }

    #[test]
    fn no_text_makes_a_value_reader_panic(text in "[ -~\\t\u{e4}]{0,60}") {
        let parameters = Parameters::parse(&text);
        prop_assert!(parameters.with("a", "b").value("a") == Some("b") || text.contains(['"', '<']));
        if let Ok(uri) = Uri::parse(&text) {
            prop_assert_eq!(Uri::parse(uri.as_str()), Ok(uri));
        }
        if let Ok(via) = Via::parse(&text) {
            prop_assert_eq!(Via::parse(&via.to_string()), Ok(via));
        }
        let _ = NameAddr::parse(&text);
    }

    #[test]
    fn a_stream_gives_the_same_messages_in_any_pieces(cuts in prop::collection::vec(1_usize..200, 1..40)) {
        let stream = [SEED, b"\r\n\r\n", SEED, SEED].concat();
        let mut reader = StreamReader::server();
        let mut read = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            let (piece, behind) = rest.split_at((*cut).min(rest.len()));
            reader.push(piece);
            read.extend(std::iter::from_fn(|| reader.next()).map(Result::unwrap));
            rest = behind;
            if rest.is_empty() {
                break;
            }
        }
        let message = Framed::Message(SEED.to_vec());
        prop_assert_eq!(read, vec![message.clone(), Framed::Ping, message.clone(), message]);
    }
}

/// A good message with up to six bytes changed, taken away or put in.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..3, any::<u8>());
    let seeds = prop::sample::select(vec![SEED, WSINV, INTMETH]);
    (seeds, prop::collection::vec(change, 0..6)).prop_map(|(seed, changes)| {
        let mut bytes = seed.to_vec();
        for (place, kind, byte) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

const WSINV: &[u8] = include_bytes!("../data/rfc4475/wsinv.dat");
const INTMETH: &[u8] = include_bytes!("../data/rfc4475/intmeth.dat");
const SEED: &[u8] = b"INVITE sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1, SIP/2.0/TCP [::1]:5060;branch=z9hG4bK2\r\n\
    Max-Forwards: 70\r\nFrom: \"A, \\\"x\" <sip:alice@example.com>;tag=1\r\n\
    To: <sip:bob@example.com>\r\nCall-ID: abc\r\nCSeq: 1 INVITE\r\n\
    Contact: <sip:a@h;gr=urn:uuid:1>;+sip.instance=\"<urn:uuid:1>\"\r\n\
    Subject: folded\r\n and \xfcmlaut\r\nContent-Length: 4\r\n\r\nbody";
