//! SIP connections by example: whole messages, keep-alives, slow and silent ends.

use super::*;
use hopsight_sip::framing::{PING, PONG};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

const MESSAGE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 2\r\n\r\nhi";

#[tokio::test]
async fn two_messages_in_odd_pieces_come_whole_and_in_order() {
    let (mut peer, _sender, mut receiver) = server();
    let twice = [MESSAGE, MESSAGE].concat();
    let writing = tokio::spawn(async move {
        for piece in twice.chunks(7) {
            peer.write_all(piece).await.unwrap();
        }
    });

    for _ in 0..2 {
        assert_eq!(receiver.next().await.unwrap().unwrap(), MESSAGE);
    }
    writing.await.unwrap();
    assert!(receiver.next().await.is_none());
}

#[tokio::test]
async fn a_message_goes_out_as_it_is() {
    let (mut peer, sender, _receiver) = server();

    sender.send(MESSAGE.to_vec()).unwrap();

    let mut got = vec![0; MESSAGE.len()];
    peer.read_exact(&mut got).await.unwrap();
    assert_eq!(got, MESSAGE);
}

#[tokio::test]
async fn a_ping_is_answered() {
    let (mut peer, _sender, mut receiver) = server();
    let receiving = tokio::spawn(async move { receiver.next().await.is_none() });
    peer.write_all(PING).await.unwrap();

    let mut got = [0; PONG.len()];
    peer.read_exact(&mut got).await.unwrap();

    assert_eq!(got, PONG);
    drop(peer);
    assert!(receiving.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_first_message_that_drips_is_given_up_after_10_s() {
    let (mut peer, _sender, mut receiver) = server();
    let dripping = tokio::spawn(async move {
        for byte in MESSAGE {
            if peer.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let start = Instant::now();

    let error = receiver.next().await.unwrap().unwrap_err();

    assert_eq!(error.to_string(), "192.0.2.1:5061 sent nothing for 10s");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    assert!(receiver.next().await.is_none());
    dripping.abort();
}

#[tokio::test(start_paused = true)]
async fn after_a_message_silence_may_last_120_s() {
    let (mut peer, _sender, mut receiver) = server();
    peer.write_all(MESSAGE).await.unwrap();
    receiver.next().await.unwrap().unwrap();
    let start = Instant::now();

    receiver.next().await.unwrap().unwrap_err();

    assert_eq!(start.elapsed(), Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn a_client_pings_and_gives_up_when_nobody_answers() {
    let (mut peer, _sender, mut receiver) = pair(SipConnectionSettings::client());
    let start = Instant::now();
    let receiving = tokio::spawn(async move { receiver.next().await.unwrap().unwrap_err() });
    let mut got = [0; PING.len()];

    peer.read_exact(&mut got).await.unwrap();
    assert_eq!((got.as_slice(), start.elapsed().as_secs()), (PING, 30));
    peer.write_all(PONG).await.unwrap();
    peer.read_exact(&mut got).await.unwrap();
    assert_eq!((got.as_slice(), start.elapsed().as_secs()), (PING, 60));

    let error = receiving.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(70));
    assert_eq!(error.to_string(), "192.0.2.1:5061 sent nothing for 10s");
}

#[tokio::test]
async fn what_is_no_sip_ends_the_connection_with_a_reason() {
    let (mut peer, _sender, mut receiver) = server();
    let unclear = b"OPTIONS sip:a@b SIP/2.0\r\nTo: x\r\n\r\n";
    peer.write_all(unclear).await.unwrap();

    let error = receiver.next().await.unwrap().unwrap_err();

    let SipConnectionError::Framing { source, .. } = &error else {
        panic!("{error}");
    };
    let head = unclear.to_vec();
    let expected = hopsight_sip::framing::FramingError::NoLength { head };
    assert_eq!(*source, expected);
    assert!(receiver.next().await.is_none());
}

#[tokio::test]
async fn a_closed_connection_sends_what_waits_and_gives_nothing_more() {
    let (mut peer, sender, mut receiver) = server();
    sender.send(MESSAGE.to_vec()).unwrap();
    sender.close();

    assert!(receiver.next().await.is_none());
    let mut got = Vec::new();
    peer.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, MESSAGE);
    let remote = sender.remote();
    let refused = sender.send(MESSAGE.to_vec());
    assert_eq!(refused, Err(SendError::Closed { remote }));
}

#[tokio::test(start_paused = true)]
async fn an_end_that_takes_nothing_fills_the_queue_and_is_given_up() {
    let mut settings = SipConnectionSettings::server();
    settings.queue = 1;
    settings.keep_alive = KeepAlive::Answer {
        first_message: Duration::from_secs(600),
        idle: Duration::from_secs(600),
    };
    let (_peer, sender, mut receiver) = pair(settings);
    let large = vec![b'x'; 100_000];
    sender.send(large.clone()).unwrap();
    tokio::task::yield_now().await;
    sender.send(large.clone()).unwrap();

    let remote = sender.remote();
    assert_eq!(sender.send(large), Err(SendError::Full { remote }));
    let error = receiver.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not send to 192.0.2.1:5061: it took nothing for 30s"
    );
}

fn server() -> (DuplexStream, SipSender, SipReceiver) {
    pair(SipConnectionSettings::server())
}

fn pair(settings: SipConnectionSettings) -> (DuplexStream, SipSender, SipReceiver) {
    let (peer, stream) = tokio::io::duplex(1024);
    let remote = "192.0.2.1:5061".parse().unwrap();
    let (sender, receiver) = carry_sip(stream, remote, settings);
    (peer, sender, receiver)
}
