//! Tries a TCP connection where the media's checks go over UDP. A closed port is
//! as good as an open one: its refusal came there and back.

use hopsight_evidence::{Observation, TcpOutcome};
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// One repetition of the first packet, which comes after a second, had its time.
const PATIENCE: Duration = Duration::from_millis(1300);

/// What a connection to `destination` came to, as [`Observation::TcpConnect`].
/// It is closed at once. Must be called within a tokio runtime.
pub async fn tcp_connect(destination: SocketAddr) -> Observation {
    let began = Instant::now();
    let outcome = match timeout(PATIENCE, TcpStream::connect(destination)).await {
        Ok(Ok(_stream)) => TcpOutcome::Accepted,
        Ok(Err(error)) => outcome_of(&error),
        Err(_) => TcpOutcome::Silent,
    };
    Observation::TcpConnect {
        destination,
        outcome,
        after_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

fn outcome_of(error: &Error) -> TcpOutcome {
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused || kind == ErrorKind::ConnectionReset {
        return TcpOutcome::Refused;
    }
    if kind == ErrorKind::TimedOut {
        return TcpOutcome::Silent;
    }
    TcpOutcome::Unreachable
}
