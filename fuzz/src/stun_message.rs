//! STUN messages: what was read is written and read as the same, signed and with
//! a fingerprint where there is room for them.

use hopsight_kit::Redacted;
use hopsight_turn::message::{
    AttributeKind, Key, Message, Writer, read_xor_address, write_xor_address,
};

pub(crate) fn run(bytes: &[u8]) {
    let Ok(message) = Message::read(bytes) else {
        return;
    };
    let mut writer = Writer::new(message.class(), message.method(), message.transaction());
    for kind in KINDS {
        for value in message.values(kind) {
            writer = writer.attribute(kind, value);
        }
    }
    is_the_same(&writer.clone().finish(), &message);
    addresses_are_the_same(&message);
    if bytes.len() < 60_000 {
        let key = Key::short_term(&Redacted::new("secret".to_owned()));
        let signed = writer.sign(&key).fingerprint().finish();
        let signed = is_the_same(&signed, &message);
        assert!(signed.is_signed_with(&key) && signed.is_fingerprinted());
        assert!(!message.is_signed_with(&key));
    }
}

fn is_the_same<'a>(written: &'a [u8], message: &Message<'_>) -> Message<'a> {
    let again = Message::read(written).expect("what was written is a message");
    assert_eq!(
        (again.class(), again.method(), again.transaction()),
        (message.class(), message.method(), message.transaction())
    );
    for kind in KINDS {
        assert!(again.values(kind).eq(message.values(kind)), "{kind:?}");
    }
    again
}

fn addresses_are_the_same(message: &Message<'_>) {
    let transaction = message.transaction();
    let kinds = [
        AttributeKind::XorPeerAddress,
        AttributeKind::XorRelayedAddress,
        AttributeKind::XorMappedAddress,
    ];
    for value in kinds.iter().flat_map(|kind| message.values(*kind)) {
        let Some(address) = read_xor_address(value, transaction) else {
            continue;
        };
        let written = write_xor_address(address, transaction);
        assert_eq!(written.get(1..), value.get(1..));
    }
}

/// Every kind that is a plain value.
const KINDS: [AttributeKind; 15] = [
    AttributeKind::Username,
    AttributeKind::ErrorCode,
    AttributeKind::UnknownAttributes,
    AttributeKind::ChannelNumber,
    AttributeKind::Lifetime,
    AttributeKind::XorPeerAddress,
    AttributeKind::Data,
    AttributeKind::Realm,
    AttributeKind::Nonce,
    AttributeKind::XorRelayedAddress,
    AttributeKind::RequestedAddressFamily,
    AttributeKind::RequestedTransport,
    AttributeKind::XorMappedAddress,
    AttributeKind::Icmp,
    AttributeKind::Software,
];
