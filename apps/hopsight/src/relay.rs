//! `hopsight relay grant`: a user name and a password with which a foreign TURN
//! tool may use the relay of this deployment for a while. What the grant permits
//! is decided by the relay, by the rules that hold for everybody.

use crate::command_line::{Relay, RelayTask};
use crate::failure::Failure;
use crate::state;
use hopsight_configuration as configuration;
use hopsight_kit::SessionId;
use hopsight_net::Entropy;
use hopsight_turn::ToolGrant;
use serde_json::json;
use std::time::Duration;

pub(crate) fn run(wanted: Relay, json: bool) -> Result<(), Failure> {
    let configuration = configuration::load(wanted.config.as_deref(), std::env::vars())?;
    let key = state::existing_node_key(&configuration.state)?;
    let RelayTask::Grant { peers, lasting } = wanted.task;
    let now = state::clock().wall();
    let grant = ToolGrant {
        session: SessionId::draw(now, &mut Entropy),
        expires: now + lasting,
        peers,
    };
    let username = grant.username();
    if ToolGrant::read(&username).is_none() {
        return Err(Failure::usage(
            "so many peers do not fit into one grant\n  name larger networks, or ask for several grants".to_owned(),
        ));
    }
    let password = ToolGrant::password(&username, &key);
    tracing::info!(grant = %grant.session, seconds = lasting.as_secs(), "granted the relay to a tool");
    let password = password.reveal();
    if json {
        let line = json!({
            "username": username,
            "password": password,
            "expires_in": lasting.as_secs(),
        });
        println!("{line}");
    } else {
        println!(
            "good for {} s, shown once:\nuser name {username}\npassword  {password}",
            lasting.as_secs()
        );
    }
    Ok(())
}

/// Reads `90s`, `10m` or `2h`, up to a day.
pub(crate) fn lasting(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time up to a day; write for example 90s, 10m or 2h");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
    let whole = number.checked_mul(seconds).ok_or_else(wrong)?;
    let is_allowed = (1..=LONGEST).contains(&whole);
    is_allowed
        .then(|| Duration::from_secs(whole))
        .ok_or_else(wrong)
}

/// A day: a grant that follows from a secret cannot be taken back.
const LONGEST: u64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_up_to_a_day_are_read_and_nothing_else() {
        let read = |text| lasting(text).ok().map(|time| time.as_secs());

        assert_eq!(
            ["90s", "10m", "24h"].map(read),
            [Some(90), Some(600), Some(86_400)]
        );
        for wrong in [
            "",
            "m",
            "10",
            "10d",
            "0s",
            "25h",
            "-1m",
            "1é",
            "99999999999999999999h",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
