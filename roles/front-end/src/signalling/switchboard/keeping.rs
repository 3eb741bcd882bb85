//! What the switchboard keeps and looks up in the store: events of sessions before
//! anything depends on them, people and links on request, and what is past its
//! time.

use super::{LOOK_EVERY, Switchboard};
use crate::signalling::{lookups, records};
use hopsight_sip::server::{Input, LookupId, SessionEvent};
use hopsight_store::{Retention, SessionRecord, StoreErrorKind};
use hopsight_turn::control::Command;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long facts and verdicts are kept.
const FACTS_KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// How long the record of a session is kept.
const RECORDS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// How often old records are taken away.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

impl Switchboard {
    /// Lets go of people who may no longer sign in: the command line changes
    /// accounts in the store behind this task's back.
    pub(super) async fn bar_the_unusable(&mut self) {
        let now = self.clock.now();
        if now.since(self.looked) < LOOK_EVERY {
            return;
        }
        self.looked = now;
        let people: BTreeSet<(String, String)> = self
            .flows
            .keys()
            .filter_map(|flow| self.server.identity(*flow))
            .map(|who| (who.name.clone(), who.uri.clone()))
            .collect();
        for (name, uri) in people {
            let Ok(account) = self.store.account(&name).await else {
                return;
            };
            let wall = self.clock.wall();
            if account.is_none_or(|account| !account.is_usable(wall)) {
                tracing::info!(name, "let go of somebody who may no longer sign in");
                self.feed(Input::Barred { uri }).await;
            }
        }
    }

    /// Takes away what is past its retention, once an hour.
    pub(super) async fn sweep(&mut self) {
        let now = self.clock.now();
        if now.since(self.swept) < SWEEP_EVERY {
            return;
        }
        self.swept = now;
        let wall = self.clock.wall();
        let retention = Retention {
            now: wall,
            facts_before: wall - FACTS_KEPT,
            records_before: wall - RECORDS_KEPT,
        };
        match self.store.sweep(&retention).await {
            Ok(swept) => tracing::info!(?swept, "took away what is past its retention"),
            Err(error) => {
                tracing::error!(%error, remedy = error.remedy(), "could not take away old records")
            }
        }
    }

    pub(super) async fn find_account(&self, request: LookupId, name: &str) -> Input {
        let now = self.clock.wall();
        match lookups::account(&*self.store, name, &self.domain, now).await {
            Ok(account) => Input::AccountFound { request, account },
            Err(error) => {
                tracing::error!(%error, "an account could not be looked up");
                Input::LookupFailed { request }
            }
        }
    }

    pub(super) async fn find_share(&self, request: LookupId, link: &str) -> Input {
        let now = self.clock.wall();
        match lookups::share(&*self.store, link, &self.domain, now).await {
            Ok(share) => Input::ShareFound { request, share },
            Err(error) => {
                tracing::error!(%error, "a share could not be looked up");
                Input::LookupFailed { request }
            }
        }
    }

    /// Stores the event; whether what depends on it may go on.
    pub(super) async fn record(&mut self, event: &SessionEvent) -> bool {
        let wall = self.clock.wall();
        let record = match records::keep(&*self.store, event, wall).await {
            Ok(record) => record,
            Err(error) if error.kind == StoreErrorKind::Invalid => {
                tracing::info!(%error, "a session event was refused");
                return false;
            }
            Err(error) => {
                tracing::error!(%error, remedy = error.remedy(), "a session event could not be kept");
                return false;
            }
        };
        self.after_record(event, record).await;
        true
    }

    async fn after_record(&mut self, event: &SessionEvent, record: SessionRecord) {
        let session = record.id.clone();
        let now = self.clock.now();
        match event {
            SessionEvent::Invited { endpoint, role, .. } => {
                let wall = self.clock.wall();
                self.desk.open(&*self.store, record, wall).await;
                self.seat(&session, records::side(*role), endpoint).await;
            }
            SessionEvent::Answered { endpoint, .. } => {
                self.desk.update(record);
                if let Some(side) = self.desk.empty_seat(&session) {
                    self.seat(&session, side, endpoint).await;
                }
                self.tell_relay(Command::Answered { session }).await;
            }
            SessionEvent::Refused { .. } | SessionEvent::Ended { .. } => {
                self.desk.update(record);
                self.desk.over(&session, now);
                self.tell_relay(Command::Revoke { session }).await;
            }
        }
    }
}
