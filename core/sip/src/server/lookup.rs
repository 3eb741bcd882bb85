//! Decides how a request waits for the store and goes on when it answered.

use super::reply::Arrival;
use super::{Account, Action, LookupId, Round, Server, Share, ShareState};
use hopsight_kit::Moment;
use std::time::Duration;

/// A request that waits.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) arrival: Arrival,
    pub(super) purpose: Purpose,
    pub(super) until: Moment,
}

/// What the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To check a digest.
    Authenticate,
    /// To ask for a digest that the account has.
    Challenge,
    /// To reach whoever shares.
    ReachShare,
    /// To register a share's URI.
    RegisterShare,
    /// To watch whether somebody can be reached.
    Watch,
    /// To tell an unknown person from one who is away.
    TellAbsence,
}

impl Server {
    pub(super) fn find_account(
        &mut self,
        name: &str,
        arrival: Arrival,
        purpose: Purpose,
        round: &mut Round<'_>,
    ) {
        let request = self.wait(arrival, purpose, round.now);
        let name = name.to_owned();
        round.actions.push(Action::FindAccount { request, name });
    }

    pub(super) fn find_share(
        &mut self,
        link: &str,
        arrival: Arrival,
        purpose: Purpose,
        round: &mut Round<'_>,
    ) {
        let request = self.wait(arrival, purpose, round.now);
        let link = link.to_owned();
        round.actions.push(Action::FindShare { request, link });
    }

    pub(super) fn account_found(
        &mut self,
        request: LookupId,
        account: Option<&Account>,
        round: &mut Round<'_>,
    ) {
        let Some(Lookup {
            arrival, purpose, ..
        }) = self.lookups.remove(&request)
        else {
            return;
        };
        match purpose {
            Purpose::Authenticate => self.check_digest(arrival, account, round),
            Purpose::Challenge => self.challenge(&arrival, account, "Who Are You", false, round),
            Purpose::TellAbsence => match account {
                Some(account) if account.enabled => {
                    self.refuse(&arrival, 480, "Not Signed In", round);
                }
                Some(_) | None => self.refuse(&arrival, 404, "Unknown", round),
            },
            Purpose::Watch if account.is_some() => self.watch(&arrival, round),
            Purpose::Watch => self.reply(&arrival, 404, "Unknown", round),
            Purpose::ReachShare | Purpose::RegisterShare => {
                self.reply(&arrival, 500, "Wrong Lookup", round);
            }
        }
    }

    pub(super) fn share_found(
        &mut self,
        request: LookupId,
        share: Option<&Share>,
        round: &mut Round<'_>,
    ) {
        let Some(Lookup {
            arrival, purpose, ..
        }) = self.lookups.remove(&request)
        else {
            return;
        };
        let Some(share) = share else {
            return self.refuse(&arrival, 404, "Unknown Share", round);
        };
        if share.state == ShareState::Gone {
            return self.refuse(&arrival, 410, "The Share Link Has Ended", round);
        }
        match purpose {
            Purpose::RegisterShare => self.register_share(&arrival, share, round),
            Purpose::ReachShare => self.reach(&arrival, round),
            Purpose::Authenticate | Purpose::Challenge | Purpose::TellAbsence | Purpose::Watch => {
                self.reply(&arrival, 500, "Wrong Lookup", round);
            }
        }
    }

    pub(super) fn lookup_failed(&mut self, request: LookupId, round: &mut Round<'_>) {
        let Some(lookup) = self.lookups.remove(&request) else {
            return;
        };
        round.count("sip.lookup-failed");
        self.reply_with(
            &lookup.arrival,
            503,
            "Store Not Available",
            round,
            |response| response.header("Retry-After", "5"),
        );
    }

    pub(super) fn lookups_overdue(&mut self, round: &mut Round<'_>) {
        let overdue: Vec<LookupId> = self
            .lookups
            .iter()
            .take_while(|(_, lookup)| lookup.until <= round.now)
            .map(|(request, _)| *request)
            .collect();
        for request in overdue {
            self.lookup_failed(request, round);
        }
    }

    fn wait(&mut self, arrival: Arrival, purpose: Purpose, now: Moment) -> LookupId {
        let request = LookupId(self.number());
        let lookup = Lookup {
            arrival,
            purpose,
            until: now + LONGEST_LOOKUP,
        };
        self.lookups.insert(request, lookup);
        request
    }
}

const LONGEST_LOOKUP: Duration = Duration::from_secs(10);
