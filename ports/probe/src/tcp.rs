//! Tries a TCP connection where the media's checks go over UDP. A closed port is
//! as good as an open one: its refusal came there and back.

use hopsight_evidence::{Observation, TcpOutcome};
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than a packet takes to the other side of the world and back.
const FIRST_PATIENCE: Duration = Duration::from_millis(400);

/// One repetition of the first packet, which comes after a second, had its time.
const PATIENCE: Duration = Duration::from_millis(1300);

/// What a connection to `destination` came to, as [`Observation::TcpConnect`].
/// While nothing has come after a first wait, that is told to `so_far`; the
/// result corrects it. The connection is closed at once. Must be called within
/// a tokio runtime.
pub async fn tcp_connect(
    destination: SocketAddr,
    so_far: impl FnOnce(Observation) + Send,
) -> Observation {
    let began = Instant::now();
    let told = |outcome| Observation::TcpConnect {
        destination,
        outcome,
        after_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    let mut attempt = pin!(TcpStream::connect(destination));
    if let Ok(met) = timeout(FIRST_PATIENCE, &mut attempt).await {
        return told(outcome_of(&met));
    }
    so_far(told(TcpOutcome::Silent));
    let rest = PATIENCE.saturating_sub(began.elapsed());
    match timeout(rest, attempt).await {
        Ok(met) => told(outcome_of(&met)),
        Err(_) => told(TcpOutcome::Silent),
    }
}

fn outcome_of(met: &Result<TcpStream, Error>) -> TcpOutcome {
    match met.as_ref().map_err(Error::kind) {
        Ok(_) => TcpOutcome::Accepted,
        Err(ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset) => TcpOutcome::Refused,
        Err(ErrorKind::TimedOut) => TcpOutcome::Silent,
        Err(_) => TcpOutcome::Unreachable,
    }
}
