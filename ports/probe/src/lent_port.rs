//! Asks the port that a relay lent to this machine whether UDP passes between the
//! two. The relay answers whoever holds the port, from whichever port they ask.

use hopsight_evidence::Observation;
use hopsight_turn::message::{Class, Message, Method, TransactionId, Writer};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// Where one packet in five is lost, all of these are lost both ways in one of
/// three thousand times.
const MOST_REQUESTS: u32 = 8;

/// Between two requests.
const PAUSE: Duration = Duration::from_millis(150);

/// Asks `relayed` until it answers, eight times within 1.2 s at most, and tells
/// what came of it as [`Observation::LentPort`]. `transaction` must be
/// unforeseeable: it tells the relay's answer from anybody's. Must be called within
/// a tokio runtime.
///
/// # Errors
/// When this machine does not send there at all.
pub async fn lent_port(relayed: SocketAddr, transaction: [u8; 12]) -> io::Result<Observation> {
    let own: IpAddr = match relayed {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0)).await?;
    socket.connect(relayed).await?;
    let request = Writer::new(Class::Request, Method::Binding, TransactionId(transaction)).finish();
    let mut requests = 0;
    while requests < MOST_REQUESTS {
        let sent = socket.send(&request).await;
        // Later it may be the error of an earlier request: as good as silence.
        sent.map(drop).or_else(|error| match requests {
            0 => Err(error),
            1.. => Ok(()),
        })?;
        requests += 1;
        let answer = timeout(PAUSE, answer(&socket, transaction)).await;
        if answer.is_ok() {
            return Ok(told(relayed, requests, true));
        }
    }
    Ok(told(relayed, requests, false))
}

const fn told(relayed: SocketAddr, requests: u32, answered: bool) -> Observation {
    Observation::LentPort {
        relayed,
        requests,
        answered,
    }
}

/// Waits for the answer; what else comes is passed over.
async fn answer(socket: &UdpSocket, transaction: [u8; 12]) {
    let mut buffer = [0; 512];
    loop {
        // An error is about an earlier request: as good as silence.
        let length = socket.recv(&mut buffer).await.unwrap_or_default();
        let bytes = buffer.get(..length).unwrap_or_default();
        if is_answer(bytes, transaction) {
            return;
        }
    }
}

fn is_answer(bytes: &[u8], transaction: [u8; 12]) -> bool {
    Message::read(bytes).is_ok_and(|message| {
        message.class() == Class::Success
            && message.method() == Method::Binding
            && message.transaction() == TransactionId(transaction)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_to_a_later_request_shows_that_the_port_is_open() {
        let port = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let relayed = port.local_addr().unwrap();
        let served = async {
            let mut buffer = [0; 64];
            port.recv_from(&mut buffer).await.unwrap();
            let (length, from) = port.recv_from(&mut buffer).await.unwrap();
            let message = Message::read(&buffer[..length]).unwrap();
            let of = |id| Writer::new(Class::Success, Method::Binding, id).finish();
            port.send_to(&of(TransactionId([1; 12])), from)
                .await
                .unwrap();
            port.send_to(&of(message.transaction()), from)
                .await
                .unwrap();
        };

        let (told, ()) = tokio::join!(lent_port(relayed, [7; 12]), served);

        let expected = Observation::LentPort {
            relayed,
            requests: 2,
            answered: true,
        };
        assert_eq!(told.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_port_that_is_closed_is_asked_eight_times() {
        let port = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let relayed = port.local_addr().unwrap();
        drop(port);

        let told = lent_port(relayed, [7; 12]).await.unwrap();

        let expected = Observation::LentPort {
            relayed,
            requests: 8,
            answered: false,
        };
        assert_eq!(told, expected);
    }
}
