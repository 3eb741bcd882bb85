//! The messages of RFC 4475 at the strict gate. What a message means above the
//! parser (unknown schemes, extensions, body types) is not decided there.

use hopsight_sip::Message;
use hopsight_sip::message::Severity;

#[test]
fn every_torture_message_gets_its_answer() {
    let answers: Vec<(&str, Option<(u16, bool)>)> = MESSAGES
        .iter()
        .map(|(name, bytes, _)| {
            let refusal = Message::read(bytes).unwrap().strict().err();
            (
                *name,
                refusal.map(|refusal| (refusal.status, refusal.is_answerable)),
            )
        })
        .collect();
    let expected: Vec<_> = MESSAGES
        .iter()
        .map(|(name, _, answer)| (*name, *answer))
        .collect();

    assert_eq!(answers, expected);
}

#[test]
fn every_torture_message_survives_reading_byte_for_byte() {
    for (name, bytes, _) in MESSAGES {
        let message = Message::read(bytes).unwrap();

        assert_eq!(message.bytes(), *bytes, "{name}");
        assert_eq!(message.edit().finish(), *bytes, "{name}");
    }
}

#[test]
fn valid_torture_messages_have_no_defect_but_surplus_bytes() {
    let remarked: Vec<(&str, Vec<String>)> = MESSAGES
        .iter()
        .filter(|(name, _, _)| VALID.contains(name))
        .map(|(name, bytes, _)| (*name, problems(bytes)))
        .filter(|(_, problems)| !problems.is_empty())
        .collect();

    assert_eq!(
        remarked,
        [(
            "dblreq",
            vec!["bytes follow the end of the body".to_owned()]
        )]
    );
}

#[test]
fn what_is_let_through_with_a_remark_says_so() {
    assert_eq!(problems(message("baddate")), ["the Date is not in GMT"]);
    assert_eq!(
        problems(message("inv2543")),
        ["there is no Max-Forwards header"]
    );
}

#[test]
fn the_folded_headers_of_wsinv_are_read() {
    let read = Message::read(message("wsinv")).unwrap();

    assert_eq!(read.to().unwrap().tag(), Some("1918181833n"));
    assert_eq!(read.from().unwrap().display(), Some("J Rosenberg \\\""));
    assert_eq!(read.cseq().map(|(number, _)| number), Some(9));
    assert_eq!(read.values("Via").len(), 3);
    assert_eq!(read.via_top().unwrap().sent_by(), "192.0.2.2");
    assert_eq!(read.header("s"), Some(""));
    assert_eq!(
        read.header("NewFangledHeader"),
        Some("newfangled value continued newfangled value")
    );
    assert_eq!(read.contacts()[0].parameter("q"), Some("0.33"));
}

fn message(name: &str) -> &'static [u8] {
    MESSAGES
        .iter()
        .find(|(found, _, _)| *found == name)
        .unwrap()
        .1
}

fn problems(bytes: &[u8]) -> Vec<String> {
    let message = Message::read(bytes).unwrap();
    let notes = message.defects().iter();
    notes
        .filter(|defect| defect.severity() == Severity::Note || message.strict().is_err())
        .map(|defect| defect.problem.to_string())
        .collect()
}

/// Name, bytes, and the refusal: its status, and whether it may be sent.
type Entry = (&'static str, &'static [u8], Option<(u16, bool)>);

macro_rules! messages {
    ($($name:literal => $answer:expr,)*) => {
        &[$((
            $name,
            include_bytes!(concat!("../data/rfc4475/", $name, ".dat")),
            $answer,
        )),*]
    };
}

/// Section 3.1.1.
const VALID: [&str; 13] = [
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
];

const REFUSED: Option<(u16, bool)> = Some((400, true));
const DROPPED: Option<(u16, bool)> = Some((400, false));

const MESSAGES: &[Entry] = messages! {
    // 3.1.1, valid
    "wsinv" => None,
    "intmeth" => None,
    "esc01" => None,
    "escnull" => None,
    "esc02" => None,
    "lwsdisp" => None,
    "longreq" => None,
    "dblreq" => None,
    "semiuri" => None,
    "transports" => None,
    "mpart01" => None,
    "unreason" => None,
    "noreason" => None,
    // 3.1.2, invalid; a Date in another zone is let through, as the RFC allows
    "badinv01" => REFUSED,
    "clerr" => REFUSED,
    "ncl" => REFUSED,
    "scalar02" => REFUSED,
    "scalarlg" => DROPPED,
    "quotbal" => REFUSED,
    "ltgtruri" => REFUSED,
    "lwsruri" => REFUSED,
    "lwsstart" => REFUSED,
    "trws" => REFUSED,
    "escruri" => REFUSED,
    "baddate" => None,
    "regbadct" => REFUSED,
    "badaspec" => REFUSED,
    "baddn" => REFUSED,
    "badvers" => Some((505, true)),
    "mismatch01" => REFUSED,
    "mismatch02" => REFUSED,
    "bigcode" => DROPPED,
    // 3.2 to 3.4, for the layers above, except what misses or doubles headers
    "badbranch" => None,
    "insuf" => DROPPED,
    "unkscm" => None,
    "novelsc" => None,
    "unksm2" => None,
    "bext01" => None,
    "invut" => None,
    "regaut01" => None,
    "multi01" => REFUSED,
    "mcl01" => REFUSED,
    "bcast" => None,
    "zeromf" => None,
    "cparam01" => None,
    "cparam02" => None,
    "regescrt" => None,
    "sdp01" => None,
    "inv2543" => None,
};
