//! The published log by example, and what holds for every input.

use super::*;
use hopsight_diagnosis::{Case, Code, Confidence, Names, diagnose};
use hopsight_evidence::{CallParty, Claim, Fact, Observation, Observer, Timeline};
use hopsight_kit::{SeededRandom, SessionId, Timestamp};
use proptest::prelude::*;

/// The log block of "Desktop sharing failed to established",
/// jamesosw.wordpress.com, 2011-12-23, in the form in which it was published.
const PUBLISHED: &str = "\
Via prose: to confirm this, I compared the traces from the client side:

12/15/2011|14:03:12.750 2924:3DBC INFO\u{A0} :: Data Received \u{2013} (To Local Address: 1224 bytes:

12/15/2011|14:03:12.750 2924:3DBC INFO\u{A0} :: BYE sip:;transport=tls;ms-opaque=aa27651164;ms-received-cid=65000;grid SIP/2.0

Via: SIP/2.0/TLS;branch=z9hG4bK9A3A9FCD.0BC4B30DC725C0C3;branched=FALSE;ms-internal-info=\u{201D}boOIyMcAmFG-ythaXBKF_G5mqkEVyEPJYNLjSG-fSYZFcNs8QLt9KaFAAA\u{201D}

Authentication-Info: TLS-DSK qop=\u{201D}auth\u{201D}, opaque=\u{201D}8270CF30\u{2033}, srand=\u{201D}665E9944\u{2033}, snum=\u{201D}32\u{2033}, rspauth=\u{201D}6372b9b31f02483372456fc33382720513ae894f\u{201D}, targetname=\u{201D}\u{201D}, realm=\u{201D}SIP Communications Service\u{201D}, version=4

Max-Forwards: 69

Via: SIP/2.0/TLS;received=;ms-received-port=52453;ms-received-cid=65100

From: <>;tag=62701285bd;epid=62266936e2

To: <>;epid=9767847a33;tag=914328af08

Call-ID: 427f0e1587dc4d48802e5c3a5cbed500

CSeq: 2 BYE

User-Agent: UCCAPI/4.0.7577.0 OC/4.0.7577.0 (Microsoft Lync 2010)

ms-client-diagnostics: 22; reason=\u{201D}Call failed to establish due to a media connectivity failure when both endpoints are internal\u{201D};CallerMediaDebug=\u{201D}application-sharing:ICEWarn=0x29,LocalSite=,LocalMR=,RemoteSite=,PortRange=1025:65000,LocalLocation=2,RemoteLocation=2,FederationType=0\u{2033}

Content-Length: 0

12/15/2011|14:03:12.750 2924:3DBC INFO\u{A0} :: End of Data Received \u{2013} (To Local Address: 1224 bytes

So, it has been confirmed that the session was thrown out.
";

#[test]
fn the_published_log_is_one_call_measured_by_the_other_party() {
    let read = read(PUBLISHED.as_bytes());

    assert_eq!(read.value.provenance, Provenance::Republished);
    assert_eq!(read.value.sessions.len(), 1);
    let session = &read.value.sessions[0];
    assert_eq!(
        session.call_id.as_deref(),
        Some("427f0e1587dc4d48802e5c3a5cbed500")
    );
    assert_eq!(session.summaries[0].method, "BYE");
    assert_eq!(session.claims(), [expected()]);
}

#[test]
fn what_the_web_page_did_is_remarked_with_its_lines() {
    let remarks: Vec<(Place, String)> = read(PUBLISHED.as_bytes())
        .remarks
        .into_iter()
        .map(|remark| (remark.place, remark.problem))
        .collect();

    let lines = |line: usize, problem: &str| (Place::Line(line), problem.to_owned());
    assert_eq!(
        remarks,
        [
            lines(1, "this line is no part of a trace record"),
            lines(
                3,
                "3 addresses were removed; an emptied value is unknown, not absent"
            ),
            lines(3, "2 long dashes read as hyphens"),
            lines(3, "3 no-break spaces read as blanks"),
            lines(5, "12 blank lines between headers skipped"),
            lines(7, "20 typographic quotes read as straight ones"),
            lines(31, "this line is no part of a trace record"),
        ]
    );
}

#[test]
fn the_published_log_leads_to_a_missing_route_and_an_unreachable_relay() {
    assert_eq!(
        said(PUBLISHED.as_bytes()),
        [
            (Code::NoRoute, Confidence::Leading),
            (Code::RelayUnreachable, Confidence::Leading)
        ]
    );
}

#[test]
fn the_whole_page_reads_as_its_log_block_does() {
    // The page itself is not part of the repository; it is read where it is at hand.
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/seed/desktop-sharing-2011.txt"
    );
    let Ok(page) = page(path) else { return };

    let read = read(&page);
    assert_eq!(read.value.sessions.len(), 1);
    assert_eq!(read.value.sessions[0].claims(), [expected()]);
    assert_eq!(
        said(&page),
        [
            (Code::NoRoute, Confidence::Leading),
            (Code::RelayUnreachable, Confidence::Leading)
        ]
    );
}

#[test]
fn a_clean_log_needs_no_remarks_and_keeps_its_body() {
    let log = "\
12/15/2011|14:03:12.750 2924:3DBC INFO  :: Sending Packet - 10.21.185.5:5061 (From Local Address: 10.102.0.139:52453) 300 bytes:\r
12/15/2011|14:03:12.750 2924:3DBC INFO  :: INVITE sip:desk2@example.org SIP/2.0\r
From: <sip:desk1@example.org>;tag=1\r
Call-ID: one\r
CSeq: 1 INVITE\r
Content-Type: application/sdp\r
 ;charset=utf-8\r
Content-Length: 12\r
\r
v=0\r
s=x:y\r
12/15/2011|14:03:12.751 2924:3DBC INFO  :: End of Sending Packet - 10.21.185.5:5061 (From Local Address: 10.102.0.139:52453) 300 bytes\r
";
    let read = read(log.as_bytes());

    assert_eq!(read.remarks, []);
    assert_eq!(read.value.provenance, Provenance::Original);
    let message = &read.value.messages[0];
    assert_eq!(message.direction, Direction::Sent);
    assert_eq!(message.local.as_deref(), Some("10.102.0.139:52453"));
    assert_eq!(message.declared_bytes, Some(300));
    assert_eq!(
        message.header("content-type"),
        Some("application/sdp ;charset=utf-8")
    );
    assert_eq!(message.body, ["v=0", "s=x:y"]);
    assert_eq!(message.method(), Some("INVITE"));
}

#[test]
fn a_record_of_another_thread_ends_nothing() {
    let log = "\
12/15/2011|14:03:12.750 1:A INFO  :: Data Received -1.2.3.4:5061 (To Local Address: 1.2.3.5:1) 9 bytes:
12/15/2011|14:03:12.750 1:A INFO  :: SIP/2.0 200 OK
Call-ID: one
12/15/2011|14:03:12.750 1:B INFO  :: something else
CSeq: 1 INVITE
12/15/2011|14:03:12.750 1:A INFO  :: End of Data Received -1.2.3.4:5061 (To Local Address: 1.2.3.5:1) 9 bytes
";
    let read = read(log.as_bytes());

    assert_eq!(read.value.messages[0].headers.len(), 2);
    assert_eq!(read.value.messages[0].status(), Some(200));
    assert_eq!(
        read.remarks,
        [Remark {
            place: Place::Line(4),
            problem: "this record carries no SIP message".to_owned()
        }]
    );
}

#[test]
fn without_a_closing_record_the_message_ends_at_its_content_length() {
    let log = "\
12/15/2011|14:03:12.750 1:A INFO  :: Data Received -1.2.3.4:5061 (To Local Address: 1.2.3.5:1) 9 bytes:
12/15/2011|14:03:12.750 1:A INFO  :: SIP/2.0 200 OK
Call-ID: one
Content-Length: 5

v=0
And here the article goes on.
";
    let read = read(log.as_bytes());

    assert_eq!(read.value.messages[0].body, ["v=0"]);
    let places: Vec<Place> = read.remarks.iter().map(|remark| remark.place).collect();
    assert_eq!(places, [Place::Line(2), Place::Line(7)]);
}

#[test]
fn a_text_without_a_trace_says_so() {
    let read = read(b"Dear all,\nit does not work.\n");

    assert_eq!(read.value.format, None);
    assert_eq!(read.remarks.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_input_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_damage_to_the_published_log_makes_it_panic(
        cuts in prop::collection::vec((0_usize..2400, 0_usize..60, any::<char>()), 0..12),
    ) {
        let mut text: Vec<char> = PUBLISHED.chars().collect();
        for (at, length, with) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, [with]);
        }
        let text: String = text.into_iter().collect();
        let _ = read(text.as_bytes());
    }

    #[test]
    fn every_line_is_in_a_message_or_in_a_remark(picks in prop::collection::vec(0_usize..8, 0..30)) {
        let text: String = picks.iter().map(|pick| PIECES[*pick]).collect();
        let read = read(text.as_bytes());
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();

        let held: usize = read
            .value
            .messages
            .iter()
            .map(|message| 1 + message.headers.len() + message.body.len())
            .sum();
        prop_assert!(held <= lines);
        let is_silent = read.remarks.is_empty();
        // An opening and a closing record belong to each message.
        prop_assert!(!is_silent || held + 2 * read.value.messages.len() == lines);
    }
}

const PIECES: [&str; 8] = [
    "12/15/2011|14:03:12.750 1:A INFO  :: Data Received -1.2.3.4:5 (To Local Address: 1.2.3.5:1) 9 bytes:\n",
    "12/15/2011|14:03:12.750 1:A INFO  :: BYE sip:a SIP/2.0\n",
    "12/15/2011|14:03:12.750 1:A INFO  :: End of Data Received -1.2.3.4:5 (To Local Address: 1.2.3.5:1) 9 bytes\n",
    "12/15/2011|14:03:12.750 1:B INFO  :: Sending Packet - 1.2.3.4:5 (From Local Address: 1.2.3.5:1) 9 bytes:\n",
    "12/15/2011|14:03:12.750 1:B INFO  :: SIP/2.0 200 OK\n",
    "Call-ID: one\n",
    "prose\n",
    "\n",
];

fn expected() -> Claim {
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    Claim {
        at: Timestamp::from_unix_micros(1_323_957_792_750_000),
        observation: Observation::LegacyMediaDebug {
            diagnostic_id: 22,
            modality: "application-sharing".to_owned(),
            ice_warn: 0x29,
            local_location: Some(2),
            remote_location: Some(2),
            measured_by: CallParty::Caller,
            measured_by_peer: true,
            keys_absent: keys(&["RemoteMR", "LocalMRTCPPort", "RemoteMRTCPPort"]),
            keys_unknown: keys(&["LocalSite", "LocalMR", "RemoteSite"]),
        },
    }
}

fn said(bytes: &[u8]) -> Vec<(Code, Confidence)> {
    let trace = read(bytes).value;
    let id = SessionId::draw(Timestamp::default(), &mut SeededRandom::new(1));
    let mut timeline = Timeline::new(id);
    let facts: Vec<Fact> = timeline.take_in(Observer::Administrator, trace.sessions[0].claims());
    let names = Names::default();
    let case = Case {
        facts: &facts,
        names: &names,
    };
    diagnose(&case)
        .into_iter()
        .map(|verdict| (verdict.code, verdict.confidence))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test of the core may read the page that the core is about"
)]
fn page(path: &str) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}
