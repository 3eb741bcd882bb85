//! Decides who may open a WebSocket: whoever holds a ticket, once, within its
//! 30 seconds. Tickets live in memory; a restart asks for new ones.

use hopsight_kit::{Moment, Token};
use hopsight_store::TokenHash;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a ticket may be used.
pub(crate) const LIFE: Duration = Duration::from_secs(30);

/// More than so many open tickets are not kept; the oldest go.
const MOST: usize = 10_000;

/// The tickets that were given out and not yet used.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    open: BTreeMap<TokenHash, (Moment, String)>,
}

impl Tickets {
    /// Notes that `ticket` was given to `account`.
    pub(crate) fn give(&mut self, ticket: &Token, account: &str, now: Moment) {
        self.open.retain(|_, (given, _)| now.since(*given) < LIFE);
        while self.open.len() >= MOST {
            self.open.pop_first();
        }
        self.open
            .insert(TokenHash::of(ticket), (now, account.to_owned()));
    }

    /// Uses `ticket` up and tells whose it was.
    pub(crate) fn take(&mut self, ticket: &Token, now: Moment) -> Option<String> {
        let (given, account) = self.open.remove(&TokenHash::of(ticket))?;
        (now.since(given) < LIFE).then_some(account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_once_and_only_within_its_life() {
        let (first, second) = (Token::presented("1"), Token::presented("2"));
        let mut tickets = Tickets::default();
        tickets.give(&first, "alice", Moment::START);
        tickets.give(&second, "bob", Moment::START);

        assert_eq!(tickets.take(&first, Moment::START), Some("alice".into()));
        assert_eq!(tickets.take(&first, Moment::START), None);
        assert_eq!(tickets.take(&second, Moment::START + LIFE), None);
    }
}
