//! Decides whether a flow without a ticket belongs to who it says (RFC 7616,
//! RFC 8760): one challenge, then the flow is known until it closes.
//!
//! SHA-256 is asked for, and MD5 where an administrator gave the account a device that
//! knows nothing else, unless the client says that it knows SHA-256. Such devices read
//! the first challenge only, and some give up when any names another digest (decision
//! 16). Nobody else's answer in MD5 is taken.

use super::lookup::Purpose;
use super::reply::Arrival;
use super::{Account, Round, Server};
use crate::digest::{Algorithm, Challenge, Credentials, Expected, VerifyError, knows_sha256};
use crate::message::Method;
use std::time::Duration;

impl Server {
    pub(super) fn authenticate(&mut self, arrival: Arrival, round: &mut Round<'_>) {
        match self.credentials(&arrival) {
            Some(credentials) => {
                let name = credentials.username().to_owned();
                self.find_account(&name, arrival, Purpose::Authenticate, round);
            }
            None => {
                let from = arrival.request.from();
                let name = from.and_then(|from| from.user().map(str::to_owned));
                let name = name.unwrap_or_default();
                self.find_account(&name, arrival, Purpose::Challenge, round);
            }
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
                let by = Some(account.identity.clone());
                if let Some(flow) = self.flows.get_mut(&arrival.peer.flow) {
                    if !arrival.is_relayed() {
                        flow.identity.clone_from(&by);
                    }
                    self.admit(Arrival { by, ..arrival }, round);
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
                self.challenge(&arrival, account, reason, error.may_retry(), round);
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
        let algorithm = credentials.algorithm();
        let known = match algorithm {
            Algorithm::Md5 => &account.ha1_md5,
            Algorithm::Sha256 => &account.ha1_sha256,
        };
        for ha1 in known {
            let expected = Expected {
                realm: &self.settings.domain,
                ha1,
                algorithm,
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

    /// Asks who is there. Whether there is such an account shows in nothing, unless it
    /// has a device that knows MD5 only.
    pub(super) fn challenge(
        &mut self,
        arrival: &Arrival,
        account: Option<&Account>,
        reason: &str,
        stale: bool,
        round: &mut Round<'_>,
    ) {
        let has_md5 = account.is_some_and(|account| !account.ha1_md5.is_empty());
        let mut told = HEADERS
            .iter()
            .flat_map(|name| arrival.request.headers(name));
        let algorithm = if has_md5 && !told.any(knows_sha256) {
            Algorithm::Md5
        } else {
            Algorithm::Sha256
        };
        let nonces = self.settings.node_key.nonce_key();
        let challenge = Challenge {
            realm: self.settings.domain.clone(),
            nonce: nonces.draw(round.wall, round.random),
            algorithm,
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
        HEADERS
            .iter()
            .flat_map(|name| arrival.request.headers(name))
            .filter_map(|value| Credentials::read(value).ok())
            .find(|credentials| credentials.realm() == self.settings.domain)
    }
}

const HEADERS: [&str; 2] = ["Authorization", "Proxy-Authorization"];

/// Long enough for a client to ask its user; the secret is not sent anyway.
const NONCE_LIFETIME: Duration = Duration::from_secs(120);
