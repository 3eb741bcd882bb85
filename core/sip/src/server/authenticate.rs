//! Decides whether a flow without a ticket belongs to who it says (RFC 7616,
//! RFC 8760): one SHA-256 challenge, then the flow is known until it closes.

use super::lookup::Purpose;
use super::reply::Arrival;
use super::{Account, Round, Server};
use crate::digest::{Algorithm, Challenge, Credentials, Expected, VerifyError};
use crate::message::Method;
use std::time::Duration;

impl Server {
    pub(super) fn authenticate(&mut self, arrival: Arrival, round: &mut Round<'_>) {
        match self.credentials(&arrival) {
            Some(credentials) => {
                let name = credentials.username().to_owned();
                self.find_account(&name, arrival, Purpose::Authenticate, round);
            }
            None => self.challenge(&arrival, "Who Are You", false, round),
        }
    }

    pub(super) fn check_digest(
        &mut self,
        arrival: Arrival,
        account: Option<&Account>,
        round: &mut Round<'_>,
    ) {
        match self.verify(&arrival, account, round) {
            Ok(account) if account.enabled => {
                if let Some(flow) = self.flows.get_mut(&arrival.peer.flow) {
                    flow.identity = Some(account.identity.clone());
                    self.admit(arrival, round);
                }
            }
            Ok(_) => {
                round.count("sip.account-disabled");
                self.reply(&arrival, 403, "Account Disabled", round);
            }
            Err(error) => {
                round.count("sip.digest-refused");
                let reason = if error.may_retry() {
                    "Nonce Too Old"
                } else {
                    "Wrong Name Or Secret"
                };
                self.challenge(&arrival, reason, error.may_retry(), round);
            }
        }
    }

    /// Checks the answer against each device of the account. An unknown
    /// account fails as a wrong secret does.
    fn verify<'a>(
        &self,
        arrival: &Arrival,
        account: Option<&'a Account>,
        round: &Round<'_>,
    ) -> Result<&'a Account, VerifyError> {
        let credentials = self.credentials(arrival).ok_or(VerifyError::Response)?;
        let method = arrival.request.method().unwrap_or(&Method::Register);
        let account = account.ok_or(VerifyError::Response)?;
        let mut worst = VerifyError::Response;
        for ha1 in &account.ha1_sha256 {
            let expected = Expected {
                realm: &self.settings.domain,
                ha1,
                algorithm: Algorithm::Sha256,
                method,
                key: &self.settings.node_key.nonce_key(),
                lifetime: NONCE_LIFETIME,
            };
            match credentials.verify(&expected, round.wall) {
                Ok(_) => return Ok(account),
                Err(error) if error.may_retry() => worst = error,
                Err(_) => {}
            }
        }
        Err(worst)
    }

    fn challenge(&mut self, arrival: &Arrival, reason: &str, stale: bool, round: &mut Round<'_>) {
        let challenge = Challenge {
            realm: self.settings.domain.clone(),
            nonce: self
                .settings
                .node_key
                .nonce_key()
                .draw(round.wall, round.random),
            algorithm: Algorithm::Sha256,
            stale,
            opaque: None,
        };
        let (status, header) = if arrival.request.method() == Some(&Method::Register) {
            (401, "WWW-Authenticate")
        } else {
            (407, "Proxy-Authenticate")
        };
        self.reply_with(arrival, status, reason, round, |response| {
            response.header(header, challenge.to_string())
        });
    }

    fn credentials(&self, arrival: &Arrival) -> Option<Credentials> {
        ["Authorization", "Proxy-Authorization"]
            .iter()
            .flat_map(|name| arrival.request.headers(name))
            .filter_map(|value| Credentials::read(value).ok())
            .find(|credentials| credentials.realm() == self.settings.domain)
    }
}

/// Long enough for a client to ask its user; the secret is not sent anyway.
const NONCE_LIFETIME: Duration = Duration::from_secs(120);
