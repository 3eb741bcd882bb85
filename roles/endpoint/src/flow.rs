//! Decides when this endpoint's connection to its front end is made anew: at
//! once after it broke, then with growing pauses. What it carries is left to
//! the user agent.

use crate::engine::Input;
use crate::server::Server;
use hopsight_kit::Random;
use hopsight_net::{ConnectError, Entropy, SipFlow, SipSender, connect_sip};
use std::time::Duration;
use tokio::sync::mpsc;

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_secs(30);

/// What the connection tells.
#[derive(Debug)]
pub(crate) enum FlowInput {
    /// It is open; messages leave through this.
    Opened(SipSender),
    /// A whole message arrived.
    Received(Vec<u8>),
    /// It has ended.
    Closed,
    /// It could not be opened.
    NotReached(ConnectError),
}

/// Keeps a connection open until nobody takes what it tells.
pub(crate) async fn keep_open(server: Server, inbox: mpsc::Sender<Input>) {
    let mut failures = 0;
    loop {
        let outcome = connect_sip(&server.address, &server.trust).await;
        let is_listened_to = match outcome {
            Ok(flow) => {
                failures = 0;
                carry(flow, &inbox).await
            }
            Err(error) => {
                failures += 1;
                tell(&inbox, FlowInput::NotReached(error)).await
            }
        };
        if !is_listened_to {
            return;
        }
        tokio::time::sleep(pause(failures, &mut Entropy)).await;
    }
}

async fn carry(mut flow: SipFlow, inbox: &mpsc::Sender<Input>) -> bool {
    let mut is_listened_to = tell(inbox, FlowInput::Opened(flow.sender)).await;
    while let Some(next) = flow.receiver.next().await {
        match next {
            Ok(message) => is_listened_to &= tell(inbox, FlowInput::Received(message)).await,
            Err(error) => tracing::debug!(%error, "the connection to the server broke"),
        }
    }
    is_listened_to && tell(inbox, FlowInput::Closed).await
}

async fn tell(inbox: &mpsc::Sender<Input>, input: FlowInput) -> bool {
    inbox.send(Input::Flow(input)).await.is_ok()
}

/// Doubles from half a second; up to a quarter more by chance, so that the
/// endpoints of a restarted server do not all come at once.
fn pause(failures: u32, random: &mut dyn Random) -> Duration {
    let doubled = Duration::from_millis(500) * 2_u32.saturating_pow(failures.min(8));
    let pause = doubled.min(LONGEST);
    let quarter = u64::try_from(pause.as_millis() / 4).unwrap_or(0);
    pause + Duration::from_millis(random.below(quarter.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let mut random = SeededRandom::new(1);
        let mut pauses = (0..10).map(|failures| pause(failures, &mut random));

        let first = pauses.next().unwrap();
        assert!(first < Duration::from_millis(700));
        let last = pauses.last().unwrap();
        assert!(last >= LONGEST && last <= LONGEST * 5 / 4);
    }
}
