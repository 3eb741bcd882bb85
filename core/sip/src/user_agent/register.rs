//! Decides when which address is registered (RFC 3261, section 10.2; RFC
//! 5626).

use super::ask::Purpose;
use super::{Event, Output, Round, UserAgent};
use crate::digest::Algorithm;
use crate::message::{Builder, Message, Method, quoted};
use hopsight_kit::{Moment, Random};
use std::time::Duration;

/// One address of this endpoint.
#[derive(Debug, Default)]
pub(super) struct Registration {
    pub(super) call_id: String,
    pub(super) sequence: u32,
    /// When the next REGISTER is due; none while one is out.
    pub(super) due: Option<Moment>,
}

impl UserAgent {
    /// Registers one more address: a share's URI of this endpoint's owner.
    pub fn register(&mut self, uri: &str, now: Moment, random: &mut dyn Random) -> Vec<Output> {
        let mut round = Round { now, random };
        self.registrations.entry(uri.to_owned()).or_default();
        if self.is_open {
            self.send_register(uri, self.settings.registration, &mut round);
        }
        self.outputs()
    }

    /// Gives an address up.
    pub fn unregister(&mut self, uri: &str, now: Moment, random: &mut dyn Random) -> Vec<Output> {
        let mut round = Round { now, random };
        if self.is_open {
            self.send_register(uri, Duration::ZERO, &mut round);
        }
        self.registrations.remove(uri);
        self.outputs()
    }

    pub(super) fn register_all(&mut self, round: &mut Round<'_>) {
        let uris: Vec<String> = self.registrations.keys().cloned().collect();
        for uri in uris {
            self.send_register(&uri, self.settings.registration, round);
        }
    }

    pub(super) fn refresh_registrations(&mut self, round: &mut Round<'_>) {
        let due: Vec<String> = self
            .registrations
            .iter()
            .filter(|(_, registration)| registration.due.is_some_and(|due| due <= round.now))
            .map(|(uri, _)| uri.clone())
            .collect();
        for uri in due {
            self.send_register(&uri, self.settings.registration, round);
        }
    }

    pub(super) fn registered(&mut self, uri: &str, response: &Message, now: Moment) {
        let status = response.status().unwrap_or(500);
        if status >= 300 {
            let reason = crate::server::reason_phrase(response);
            return self.registration_failed(uri, status, &reason, now);
        }
        let lasts = self.granted(response);
        let Some(registration) = self.registrations.get_mut(uri) else {
            return;
        };
        registration.due = Some(now + lasts.mul_f32(RENEWAL));
        let uri = uri.to_owned();
        self.tell(Event::Registered { uri, lasts });
    }

    pub(super) fn registration_failed(
        &mut self,
        uri: &str,
        status: u16,
        reason: &str,
        now: Moment,
    ) {
        let Some(registration) = self.registrations.get_mut(uri) else {
            return;
        };
        let will_retry = status == 408 || status >= 500;
        registration.due = (will_retry && self.is_open).then_some(now + AFTER_FAILURE);
        self.tell(Event::RegistrationFailed {
            uri: uri.to_owned(),
            status,
            reason: reason.to_owned(),
            will_retry,
        });
    }

    fn send_register(&mut self, uri: &str, lasts: Duration, round: &mut Round<'_>) {
        let call_id = round.digits(32);
        let Some(registration) = self.registrations.get_mut(uri) else {
            return;
        };
        if registration.call_id.is_empty() {
            registration.call_id = call_id;
        }
        registration.sequence += 1;
        registration.due = None;
        let (call_id, sequence) = (registration.call_id.clone(), registration.sequence);
        let contact = format!(
            "<{}>;reg-id=1;+sip.instance=\"<{}>\"",
            self.contact_uri(),
            self.settings.instance
        );
        let domain = format!("sip:{}", self.settings.domain);
        let request = Builder::request(&Method::Register, &domain)
            .header("Max-Forwards", "70")
            .header("From", format!("<{uri}>;tag={}", round.digits(16)))
            .header("To", format!("<{uri}>"))
            .header("Call-ID", call_id)
            .header("CSeq", format!("{sequence} REGISTER"))
            .header("Contact", contact)
            .header("Expires", lasts.as_secs().to_string())
            .header("Supported", "outbound, path")
            .header("Authorization", self.hint(&domain));
        let purpose = Purpose::Register {
            uri: uri.to_owned(),
        };
        self.ask(purpose, request, round);
    }

    /// Says which digest this end knows before it is asked (as 3GPP TS 24.229, section
    /// 5.1.1.2, does): an account that has old devices is asked for MD5 else.
    fn hint(&self, uri: &str) -> String {
        let (name, realm) = (
            quoted(&self.settings.username),
            quoted(&self.settings.domain),
        );
        let algorithm = Algorithm::Sha256;
        format!(
            "Digest username={name}, realm={realm}, nonce=\"\", uri={}, response=\"\", \
             algorithm={algorithm}",
            quoted(uri)
        )
    }

    /// How long the registrar lets this endpoint's contact last.
    fn granted(&self, response: &Message) -> Duration {
        let own = self.contact_uri();
        response
            .contacts()
            .iter()
            .find(|contact| contact.uri().as_str() == own)
            .and_then(|contact| contact.parameter("expires")?.parse().ok())
            .map(Duration::from_secs)
            .or_else(|| response.expires())
            .unwrap_or(self.settings.registration)
    }
}

/// A registration is renewed after this part of its time.
const RENEWAL: f32 = 0.8;
const AFTER_FAILURE: Duration = Duration::from_secs(30);
