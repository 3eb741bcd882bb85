//! Each attribute missing, doubled, a byte short and a byte long, in each method
//! and each state: what is answered, byte for byte.

use super::harness::*;
use crate::message::{AttributeKind, Class, Method, TransactionId, Writer};
use crate::values::{Action, Counter, Input};
use hopsight_evidence::Side;
use std::net::SocketAddr;

/// Of a doubled attribute the first one counts (RFC 8489, section 14). The
/// columns of a state are: missing, doubled, short, long. `ok` is a success, a
/// number an error; `?` after it means that the answer is not signed; `-` that
/// there is none. What has no value cannot be short.
const EXPECTED: &str = "\
Binding Fingerprint: ok - - - | ok - - - | ok - - - | ok - - -
Allocate RequestedTransport: 400 ok 400 400 | 437 437 437 437 | 437 437 437 437 | 437 437 437 437
Allocate Lifetime: ok ok 400 400 | 437 437 437 437 | 437 437 437 437 | 437 437 437 437
Allocate DontFragment: ok ok . 400 | 437 437 . 437 | 437 437 . 437 | 437 437 . 437
Allocate EvenPort: ok ok 400 400 | 437 437 437 437 | 437 437 437 437 | 437 437 437 437
Allocate RequestedAddressFamily: ok ok 400 400 | 437 437 437 437 | 437 437 437 437 | 437 437 437 437
Allocate Username: 400? ok 401? 401? | 400? 437 401? 401? | 400? 437 401? 401? | 400? 437 401? 401?
Allocate Realm: 400? ok 401? 401? | 400? 437 401? 401? | 400? 437 401? 401? | 400? 437 401? 401?
Allocate Nonce: 400? ok 438? 438? | 400? 437 438? 438? | 400? 437 438? 438? | 400? 437 438? 438?
Allocate MessageIntegrity: 401? ok 401? 401? | 401? 437 401? 401? | 401? 437 401? 401? | 401? 437 401? 401?
Allocate Fingerprint: ok - - - | 437 - - - | 437 - - - | 437 - - -
Refresh Lifetime: 437 437 437 437 | ok ok 400 400 | ok ok 400 400 | ok ok 400 400
Refresh RequestedAddressFamily: 437 437 437 437 | ok ok 400 400 | ok ok 400 400 | ok ok 400 400
Refresh Username: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
Refresh Realm: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
Refresh Nonce: 400? 437 438? 438? | 400? ok 438? 438? | 400? ok 438? 438? | 400? ok 438? 438?
Refresh MessageIntegrity: 401? 437 401? 401? | 401? ok 401? 401? | 401? ok 401? 401? | 401? ok 401? 401?
Refresh Fingerprint: 437 - - - | ok - - - | ok - - - | ok - - -
CreatePermission XorPeerAddress: 437 437 437 437 | 400 ok 400 400 | 400 ok 400 400 | 400 ok 400 400
CreatePermission Username: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
CreatePermission Realm: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
CreatePermission Nonce: 400? 437 438? 438? | 400? ok 438? 438? | 400? ok 438? 438? | 400? ok 438? 438?
CreatePermission MessageIntegrity: 401? 437 401? 401? | 401? ok 401? 401? | 401? ok 401? 401? | 401? ok 401? 401?
CreatePermission Fingerprint: 437 - - - | ok - - - | ok - - - | ok - - -
ChannelBind ChannelNumber: 437 437 437 437 | 400 ok 400 400 | 400 ok 400 400 | 400 ok 400 400
ChannelBind XorPeerAddress: 437 437 437 437 | 400 ok 400 400 | 400 ok 400 400 | 400 ok 400 400
ChannelBind Username: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
ChannelBind Realm: 400? 437 401? 401? | 400? ok 401? 401? | 400? ok 401? 401? | 400? ok 401? 401?
ChannelBind Nonce: 400? 437 438? 438? | 400? ok 438? 438? | 400? ok 438? 438? | 400? ok 438? 438?
ChannelBind MessageIntegrity: 401? 437 401? 401? | 401? ok 401? 401? | 401? ok 401? 401? | 401? ok 401? 401?
ChannelBind Fingerprint: 437 - - - | ok - - - | ok - - - | ok - - -
Send XorPeerAddress: malformed no-allocation malformed malformed | malformed no-permission malformed malformed | malformed 4df malformed malformed | malformed 4df malformed malformed
Send Data: malformed no-allocation no-allocation no-allocation | malformed no-permission no-permission no-permission | malformed 4df 3df 5df | malformed 4df 3df 5df
Send DontFragment: no-allocation no-allocation . malformed | no-permission no-permission . malformed | 4 4df . malformed | 4 4df . malformed
Send Fingerprint: no-allocation malformed malformed malformed | no-permission malformed malformed malformed | 4df malformed malformed malformed | 4df malformed malformed malformed
";

#[test]
fn each_attribute_missing_doubled_short_or_long_gets_the_one_right_answer() {
    let rows = METHODS.iter().flat_map(|method| {
        let attributes = attributes(*method).into_iter();
        attributes.map(|(kind, _)| row(*method, kind))
    });
    let found: String = rows.map(|row| format!("{row}\n")).collect();

    assert_eq!(found, EXPECTED, "\n{found}");
}

/// What a client has when it asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Nothing,
    Allocation,
    Permission,
    Channel,
}

/// What is wrong with an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Missing,
    Doubled,
    Short,
    Long,
}

fn row(method: Method, kind: AttributeKind) -> String {
    let states = [
        State::Nothing,
        State::Allocation,
        State::Permission,
        State::Channel,
    ];
    let cells = states.map(|state| {
        let faults = [Fault::Missing, Fault::Doubled, Fault::Short, Fault::Long];
        faults
            .map(|fault| cell(method, state, kind, fault))
            .join(" ")
    });
    format!("{method:?} {kind:?}: {}", cells.join(" | "))
}

fn cell(method: Method, state: State, kind: AttributeKind, fault: Fault) -> String {
    let is_empty = |(own, value): &(AttributeKind, Vec<u8>)| *own == kind && value.is_empty();
    if fault == Fault::Short && attributes(method).iter().any(is_empty) {
        return ".".to_owned();
    }
    let mut relay = Relay::new();
    let client = client_in(&mut relay, state);
    relay.take();
    let bytes = message(method, &client, kind, fault);
    let answered = relay.send(client.at, &bytes);
    let actions = relay.take();
    if method == Method::Send {
        return sent(&actions);
    }
    let is_printed = (kind, fault) != (AttributeKind::Fingerprint, Fault::Missing);
    answered.map_or_else(
        || {
            assert_eq!(actions, [Action::Count(Counter::Malformed)]);
            "-".to_owned()
        },
        |answer| {
            let expected = expected(method, &answer, &client, is_printed);

            assert_eq!(answer.bytes, expected, "{method:?} {kind:?} {answer:?}");
            name(&answer)
        },
    )
}

/// What became of a Send indication.
fn sent(actions: &[Action]) -> String {
    match actions {
        [
            Action::Count(Counter::Forwarded),
            Action::ToPeer {
                peer,
                bytes,
                dont_fragment,
                ..
            },
        ] => {
            assert_eq!(*peer, address(PEER));
            format!("{}{}", bytes.len(), if *dont_fragment { "df" } else { "" })
        }
        [Action::Count(counter)] => counter.to_string(),
        _ => panic!("one datagram or one count: {actions:?}"),
    }
}

fn name(answer: &Answer) -> String {
    let unsigned = if answer.is_signed || answer.code == 0 {
        ""
    } else {
        "?"
    };
    match answer.code {
        0 => "ok".to_owned(),
        code => format!("{code}{unsigned}"),
    }
}

/// The whole answer that goes with a code.
fn expected(method: Method, answer: &Answer, client: &Client, is_printed: bool) -> Vec<u8> {
    let error = |reason| Writer::new(Class::Error, method, TRANSACTION).error(answer.code, reason);
    let writer = match (answer.code, answer.is_signed) {
        (0, _) => success(method, answer, client),
        (401 | 438, false) => error("")
            .attribute(AttributeKind::Realm, REALM.as_bytes())
            .attribute(AttributeKind::Nonce, client.nonce.as_bytes()),
        (400, false) => error(""),
        (400, true) => error("Bad Request").sign(&client.key()),
        (437, true) => error("Allocation Mismatch").sign(&client.key()),
        _ => panic!("no answer to expect: {answer:?}"),
    };
    let writer = if is_printed {
        writer.fingerprint()
    } else {
        writer
    };
    writer.finish()
}

fn success(method: Method, answer: &Answer, client: &Client) -> Writer {
    let writer = Writer::new(Class::Success, method, TRANSACTION);
    let lifetime = 600_u32.to_be_bytes();
    match method {
        Method::Binding => {
            return writer.address(AttributeKind::XorMappedAddress, client.at.client);
        }
        Method::Allocate => {
            let relayed = answer.address(AttributeKind::XorRelayedAddress);
            assert!((49_152..=49_159).contains(&relayed.port()));
            writer
                .address(
                    AttributeKind::XorRelayedAddress,
                    SocketAddr::new(ADVERTISED.into(), relayed.port()),
                )
                .address(AttributeKind::XorMappedAddress, client.at.client)
                .attribute(AttributeKind::Lifetime, &lifetime)
        }
        Method::Refresh => writer.attribute(AttributeKind::Lifetime, &lifetime),
        Method::CreatePermission | Method::ChannelBind => writer,
        Method::Send | Method::Data | Method::Other(_) => panic!("nobody answers {method:?}"),
    }
    .sign(&client.key())
}

fn client_in(relay: &mut Relay, state: State) -> Client {
    relay.candidates_of(&session(1), Side::Viewer, &[[8, 8, 8, 8]]);
    let mut client = relay.grant(&session(1), Side::Sharer, udp(1));
    // Any refusal brings a nonce.
    relay.refresh(&mut client, 600);
    if state >= State::Allocation {
        relay.allocate(&mut client);
    }
    if state == State::Permission {
        assert_eq!(relay.permit(&mut client, address(PEER)), 0);
    }
    if state == State::Channel {
        assert_eq!(relay.bind(&mut client, 0x4000, address(PEER)), 0);
    }
    client
}

/// The attributes of a sound message, in order, with their values; those that
/// depend on the client or on what stands before them have none here.
fn attributes(method: Method) -> Vec<(AttributeKind, Vec<u8>)> {
    use AttributeKind as Kind;
    let peer = crate::message::write_xor_address(address(PEER), TRANSACTION);
    let lifetime = (Kind::Lifetime, vec![0, 0, 2, 88]);
    let family = (Kind::RequestedAddressFamily, vec![1, 0, 0, 0]);
    let own = match method {
        Method::Allocate => vec![
            (Kind::RequestedTransport, vec![17, 0, 0, 0]),
            lifetime,
            (Kind::DontFragment, Vec::new()),
            (Kind::EvenPort, vec![0]),
            family,
        ],
        Method::Refresh => vec![lifetime, family],
        Method::CreatePermission => vec![(Kind::XorPeerAddress, peer)],
        Method::ChannelBind => vec![
            (Kind::ChannelNumber, vec![0x40, 0, 0, 0]),
            (Kind::XorPeerAddress, peer),
        ],
        Method::Send => vec![
            (Kind::XorPeerAddress, peer),
            (Kind::Data, b"four".to_vec()),
            (Kind::DontFragment, Vec::new()),
        ],
        Method::Binding | Method::Data | Method::Other(_) => Vec::new(),
    };
    let credentials = [
        Kind::Username,
        Kind::Realm,
        Kind::Nonce,
        Kind::MessageIntegrity,
    ];
    let is_signed = !matches!(method, Method::Binding | Method::Send);
    let credentials = credentials.into_iter().filter(|_| is_signed);
    let last = credentials.chain([Kind::Fingerprint]);
    own.into_iter()
        .chain(last.map(|kind| (kind, b"?".to_vec())))
        .collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other attribute has its value already"
)]
fn message(method: Method, client: &Client, wrong: AttributeKind, fault: Fault) -> Vec<u8> {
    let class = if method == Method::Send {
        Class::Indication
    } else {
        Class::Request
    };
    let writer = Writer::new(class, method, TRANSACTION);
    let add = |writer: Writer, (kind, value): (AttributeKind, Vec<u8>)| {
        let value = match kind {
            AttributeKind::Username => client.username.as_bytes().to_vec(),
            AttributeKind::Realm => REALM.as_bytes().to_vec(),
            AttributeKind::Nonce => client.nonce.as_bytes().to_vec(),
            AttributeKind::MessageIntegrity => end(writer.clone().sign(&client.key()), 20),
            AttributeKind::Fingerprint => end(writer.clone().fingerprint(), 4),
            _ => value,
        };
        match fault {
            _ if kind != wrong => writer.attribute(kind, &value),
            Fault::Missing => writer,
            Fault::Doubled => writer.attribute(kind, &value).attribute(kind, &value),
            Fault::Short => writer.attribute(kind, &value[..value.len() - 1]),
            Fault::Long => writer.attribute(kind, &[&value[..], b"0"].concat()),
        }
    };
    attributes(method).into_iter().fold(writer, add).finish()
}

fn end(writer: Writer, length: usize) -> Vec<u8> {
    let bytes = writer.finish();
    bytes[bytes.len() - length..].to_vec()
}

#[test]
fn methods_and_classes_that_nobody_sends_to_a_server_are_not_answered() {
    let all = [
        Method::Binding,
        Method::Allocate,
        Method::Refresh,
        Method::Send,
        Method::Data,
        Method::CreatePermission,
        Method::ChannelBind,
        // Connect, ConnectionBind, ConnectionAttempt of RFC 6062.
        Method::Other(0x00A),
        Method::Other(0x00B),
        Method::Other(0x00C),
    ];
    let classes = [
        Class::Request,
        Class::Indication,
        Class::Success,
        Class::Error,
    ];
    for (method, class) in all
        .iter()
        .flat_map(|method| classes.map(|class| (*method, class)))
    {
        let is_of_server = match class {
            Class::Request => METHODS.contains(&method) && method != Method::Send,
            Class::Indication => matches!(method, Method::Send | Method::Binding),
            Class::Success | Class::Error => false,
        };
        if is_of_server {
            continue;
        }
        let mut relay = Relay::new();
        let client = client_in(&mut relay, State::Channel);
        relay.take();
        let bytes = Writer::new(class, method, TRANSACTION)
            .sign(&client.key())
            .finish();
        relay.input(Input::FromClient {
            from: client.at,
            bytes: &bytes,
        });

        let dropped = [Action::Count(Counter::Malformed)];
        assert_eq!(relay.take(), dropped, "{class:?} {method:?}");
    }
}

const METHODS: [Method; 6] = [
    Method::Binding,
    Method::Allocate,
    Method::Refresh,
    Method::CreatePermission,
    Method::ChannelBind,
    Method::Send,
];
const PEER: &str = "8.8.8.8:5000";
const TRANSACTION: TransactionId = TransactionId([0x77; 12]);
