//! How a relay says that it cannot start.

use super::{clock, seed};
use hopsight_kit::SeededRandom;
use hopsight_relay::{Relay, RelaySettings};
use std::net::Ipv4Addr;
use tokio::net::UdpSocket;

#[tokio::test]
async fn a_port_in_use_is_named_in_a_sentence() {
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let taken = other.local_addr().unwrap();
    let settings = RelaySettings {
        udp: vec![taken],
        ..RelaySettings::new("hopsight.internal".to_owned(), Ipv4Addr::LOCALHOST)
    };
    let error = Relay::start(settings, clock(), SeededRandom::new(seed()))
        .await
        .unwrap_err();

    assert_eq!(
        error.to_string(),
        format!(
            "the relay cannot listen on UDP {taken}: another program uses this port; \
             stop it, or give the relay another port"
        )
    );
    assert!(error.may_retry());
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused_for_good() {
    let settings = RelaySettings::new("hopsight.internal".to_owned(), Ipv4Addr::new(192, 0, 2, 1));
    let error = Relay::start(settings, clock(), SeededRandom::new(seed()))
        .await
        .unwrap_err();

    assert!(
        error
            .to_string()
            .starts_with("the relay cannot listen on UDP 192.0.2.1:3478: ")
    );
    assert!(!error.may_retry());
}
