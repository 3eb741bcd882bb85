//! RFC 5769 vectors and structural refusals.

use super::*;
use hopsight_kit::Redacted;
use std::net::SocketAddr;

#[test]
fn the_request_of_rfc_5769_is_read_and_its_integrity_holds() {
    let message = Message::read(&REQUEST).unwrap();

    assert_eq!(message.class(), Class::Request);
    assert_eq!(message.method(), Method::Binding);
    assert_eq!(message.text(AttributeKind::Username), Some("evtj:h6vY"));
    assert_eq!(message.unknown_attributes(), [0x0024]);
    assert!(message.is_fingerprinted());
    assert!(message.is_signed_with(&short_term()));
    assert!(!message.is_signed_with(&Key::short_term(&Redacted::new("wrong".to_owned()))));
}

#[test]
fn the_ipv4_response_of_rfc_5769_holds_its_mapped_address() {
    let message = Message::read(&IPV4_RESPONSE).unwrap();
    let value = message.attribute(AttributeKind::XorMappedAddress).unwrap();

    assert_eq!(message.class(), Class::Success);
    assert_eq!(
        read_xor_address(value, message.transaction()),
        Some("192.0.2.1:32853".parse().unwrap())
    );
    assert!(message.is_signed_with(&short_term()));
}

#[test]
fn the_ipv6_response_of_rfc_5769_holds_its_mapped_address() {
    let message = Message::read(&IPV6_RESPONSE).unwrap();
    let value = message.attribute(AttributeKind::XorMappedAddress).unwrap();
    let address = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";

    assert_eq!(message.class(), Class::Success);
    assert_eq!(
        read_xor_address(value, message.transaction()),
        Some(address.parse().unwrap())
    );
    assert!(message.is_signed_with(&short_term()));
    assert!(message.is_fingerprinted());
}

#[test]
fn no_bit_of_a_vector_of_rfc_5769_can_be_changed_unseen() {
    let vectors = [&REQUEST[..], &IPV4_RESPONSE, &IPV6_RESPONSE];
    for vector in vectors {
        for bit in 0..vector.len() * 8 {
            let mut changed = vector.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let seems_right = Message::read(&changed).is_ok_and(|message| {
                message.is_fingerprinted() && message.is_signed_with(&short_term())
            });

            assert!(!seems_right, "bit {bit}");
        }
    }
}

#[test]
fn the_ipv6_mapped_address_of_rfc_5769_is_read() {
    let transaction = TransactionId(REQUEST[8..20].try_into().unwrap());
    let value = [
        0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4,
        0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
    ];
    let address: SocketAddr = "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
        .parse()
        .unwrap();

    assert_eq!(read_xor_address(&value, transaction), Some(address));
    assert_eq!(write_xor_address(address, transaction), value);
}

#[test]
fn the_long_term_request_of_rfc_5769_is_signed_with_the_users_key() {
    let message = Message::read(&LONG_TERM_REQUEST).unwrap();
    let username = message.text(AttributeKind::Username).unwrap();
    let password = Redacted::new("TheMatrIX".to_owned());

    assert_eq!(message.text(AttributeKind::Realm), Some("example.org"));
    assert_eq!(
        message.text(AttributeKind::Nonce),
        Some("f//499k954d6OL34oL9FSTvy64sA")
    );
    assert!(message.is_signed_with(&Key::long_term(username, "example.org", &password)));
}

#[test]
fn the_response_of_rfc_5769_is_written_byte_for_byte() {
    let transaction = TransactionId(REQUEST[8..20].try_into().unwrap());
    let written = Writer::new(Class::Success, Method::Binding, transaction)
        .attribute(AttributeKind::Software, b"test vector")
        .address(
            AttributeKind::XorMappedAddress,
            "192.0.2.1:32853".parse().unwrap(),
        );
    let read = written.clone().sign(&short_term()).fingerprint().finish();

    // The vector pads with spaces, this writer with zeros: compare around it.
    assert_eq!(written.finish()[4..35], IPV4_RESPONSE[4..35]);
    assert!(Message::read(&read).unwrap().is_signed_with(&short_term()));
    assert_eq!(read.len(), IPV4_RESPONSE.len());
}

#[test]
fn attributes_after_the_integrity_are_left_out() {
    let bytes = Writer::new(Class::Request, Method::Refresh, TransactionId([7; 12]))
        .sign(&short_term())
        .attribute(AttributeKind::Lifetime, &[0, 0, 0, 0])
        .finish();
    let message = Message::read(&bytes).unwrap();

    assert!(message.is_signed_with(&short_term()));
    assert_eq!(message.attribute(AttributeKind::Lifetime), None);
}

#[test]
fn malformed_messages_are_told_apart() {
    let mut foreign = REQUEST;
    foreign[4] = 0;
    let mut longer = REQUEST.to_vec();
    longer.push(0);
    let mut overrun = REQUEST;
    overrun[23] = 0xFF;
    let mut changed = REQUEST;
    changed[30] ^= 1;

    assert_eq!(Message::read(&REQUEST[..19]).err(), Some(Malformed::Short));
    assert_eq!(Message::read(&foreign).err(), Some(Malformed::Foreign));
    assert_eq!(Message::read(&longer).err(), Some(Malformed::Length));
    assert_eq!(Message::read(&overrun).err(), Some(Malformed::Attribute));
    assert_eq!(Message::read(&changed).err(), Some(Malformed::Fingerprint));
}

#[test]
fn every_class_and_method_survives_being_written_and_read() {
    for class in [
        Class::Request,
        Class::Indication,
        Class::Success,
        Class::Error,
    ] {
        for number in 0..0x1000 {
            let method = Method::from_number(number);
            let bytes = Writer::new(class, method, TransactionId([1; 12])).finish();
            let message = Message::read(&bytes).unwrap();

            assert_eq!((message.class(), message.method()), (class, method));
        }
    }
}

fn short_term() -> Key {
    Key::short_term(&Redacted::new("VOkJxbRl1RmTxUk/WvJxBt".to_owned()))
}

/// RFC 5769, section 2.1.
const REQUEST: [u8; 108] = [
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
];

/// RFC 5769, section 2.2.
const IPV4_RESPONSE: [u8; 80] = [
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
];

/// RFC 5769, section 2.3.
const IPV6_RESPONSE: [u8; 92] = [
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
];

/// RFC 5769, section 2.4.
const LONG_TERM_REQUEST: [u8; 116] = [
    0x00, 0x01, 0x00, 0x60, 0x21, 0x12, 0xa4, 0x42, 0x78, 0xad, 0x34, 0x33, 0xc6, 0xad, 0x72, 0xc0,
    0x29, 0xda, 0x41, 0x2e, 0x00, 0x06, 0x00, 0x12, 0xe3, 0x83, 0x9e, 0xe3, 0x83, 0x88, 0xe3, 0x83,
    0xaa, 0xe3, 0x83, 0x83, 0xe3, 0x82, 0xaf, 0xe3, 0x82, 0xb9, 0x00, 0x00, 0x00, 0x15, 0x00, 0x1c,
    0x66, 0x2f, 0x2f, 0x34, 0x39, 0x39, 0x6b, 0x39, 0x35, 0x34, 0x64, 0x36, 0x4f, 0x4c, 0x33, 0x34,
    0x6f, 0x4c, 0x39, 0x46, 0x53, 0x54, 0x76, 0x79, 0x36, 0x34, 0x73, 0x41, 0x00, 0x14, 0x00, 0x0b,
    0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6f, 0x72, 0x67, 0x00, 0x00, 0x08, 0x00, 0x14,
    0xf6, 0x70, 0x24, 0x65, 0x6d, 0xd6, 0x4a, 0x3e, 0x02, 0xb8, 0xe0, 0x71, 0x2e, 0x85, 0xc9, 0xa2,
    0x8c, 0xa8, 0x96, 0x66,
];
