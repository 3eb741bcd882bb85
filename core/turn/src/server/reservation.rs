//! Decides how long the higher port of an EVEN-PORT pair is held in reserve, and
//! for whom (RFC 8656, section 7.2). It counts in the quotas of whoever asked,
//! so that nobody takes ports out of use by reserving them.

use super::allocation::{Holder, Opening};
use super::{Server, Step};
use crate::families::Families;
use crate::values::Action;
use hopsight_kit::Moment;
use std::time::Duration;

/// An open port that waits for a RESERVATION-TOKEN.
#[derive(Debug)]
pub(super) struct Reservation {
    pub(super) port: u16,
    pub(super) families: Families,
    pub(super) holder: Holder,
    token: [u8; 8],
    expires: Moment,
}

impl Server {
    pub(super) fn reserve(
        &mut self,
        port: u16,
        token: [u8; 8],
        opening: &Opening,
        step: &Step<'_>,
    ) {
        self.state.reservations.push(Reservation {
            port,
            families: opening.promise.families,
            holder: opening.holder.clone(),
            token,
            expires: step.now + LIFETIME,
        });
    }

    /// The port behind a token, if this user name reserved it.
    pub(super) fn take_reservation(
        &mut self,
        token: [u8; 8],
        holder: &Holder,
        step: &Step<'_>,
    ) -> Option<Reservation> {
        let found = self.state.reservations.iter().position(|reserved| {
            let is_theirs = reserved.holder.username == holder.username;
            is_theirs && reserved.token == token && step.now < reserved.expires
        })?;
        Some(self.state.reservations.swap_remove(found))
    }

    pub(super) fn end_reservations(&mut self, step: &mut Step<'_>) {
        let now = step.now;
        self.drop_reservations(|reserved| reserved.expires <= now, step);
    }

    pub(super) fn drop_reservations(
        &mut self,
        is_over: impl Fn(&Reservation) -> bool,
        step: &mut Step<'_>,
    ) {
        let all = std::mem::take(&mut self.state.reservations);
        let (over, kept) = all.into_iter().partition(is_over);
        self.state.reservations = kept;
        let over: Vec<Reservation> = over;
        for reserved in over {
            for family in reserved.families.all() {
                step.actions.push(Action::ClosePort {
                    port: reserved.port,
                    family: *family,
                });
            }
        }
    }
}

/// RFC 8656, section 7.2, asks for 30 s at least.
const LIFETIME: Duration = Duration::from_secs(30);
