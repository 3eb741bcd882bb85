//! Decides what becomes of MESSAGEs to and from the server itself (RFC 3428):
//! facts go to the diagnosis service, verdicts come from it.

use super::fork::Target;
use super::reply::{ALLOW, Arrival};
use super::sessions::named_session;
use super::{Action, Endpoint, Identity, Recipient, Round, Server};
use crate::flow_token::EndpointKey;
use crate::message::{Builder, Message, Method};
use hopsight_kit::SessionId;

impl Server {
    /// Hands a MESSAGE to the diagnosis service and answers 202.
    pub(super) fn deliver(
        &mut self,
        arrival: &Arrival,
        identity: &Identity,
        round: &mut Round<'_>,
    ) {
        let request = &arrival.request;
        if request.method() != Some(&Method::Message) {
            return self.reply_with(arrival, 405, "Only MESSAGE", round, |response| {
                response.header("Allow", ALLOW)
            });
        }
        let content_type = request
            .header("Content-Type")
            .unwrap_or("text/plain")
            .to_owned();
        round.actions.push(Action::Deliver {
            from: identity.clone(),
            endpoint: self.endpoint_on(arrival.peer.flow, &identity.uri),
            session: named_session(request),
            content_type,
            body: request.body().to_vec(),
        });
        self.reply(arrival, 202, "Accepted", round);
    }

    /// Sends a MESSAGE of the diagnosis service.
    pub(super) fn send_message(
        &mut self,
        to: &Recipient,
        session: Option<&SessionId>,
        content_type: &str,
        body: &[u8],
        round: &mut Round<'_>,
    ) {
        let targets = self.recipients(to);
        if targets.is_empty() {
            round.count("sip.message-undeliverable");
        }
        for target in targets {
            let Some(message) = self.compose(&Method::Message, &target, round) else {
                continue;
            };
            let message = match session {
                Some(session) => message.header("Hopsight-Session", session.as_str()),
                None => message,
            };
            let message = message.body(content_type, body).finish();
            self.ask(&message, &target, round);
        }
    }

    /// Asks whether an endpoint is there; one that is registered nowhere is not asked.
    pub(super) fn send_options(&mut self, to: &Endpoint, round: &mut Round<'_>) {
        for target in self.recipients(&Recipient::Endpoint(to.clone())) {
            if let Some(options) = self.compose(&Method::Options, &target, round) {
                self.ask(&options.finish(), &target, round);
            }
        }
    }

    fn ask(&mut self, request: &Message, target: &Target, round: &Round<'_>) {
        let reliability = self.reliability(target.peer.flow);
        self.transactions
            .ask(request, target.peer, reliability, round.now);
    }

    pub(super) fn recipients(&self, to: &Recipient) -> Vec<Target> {
        match to {
            Recipient::Everyone(uri) => {
                self.registrar.endpoints_of(uri).map(Target::from).collect()
            }
            Recipient::Endpoint(endpoint) => {
                let key = EndpointKey::of(&endpoint.uri, &endpoint.instance);
                let bound = self.registrar.endpoint(key);
                let same_flow = || self.registrar.on(endpoint.flow).next();
                bound
                    .or_else(same_flow)
                    .map(Target::from)
                    .into_iter()
                    .collect()
            }
        }
    }

    fn compose(&self, method: &Method, target: &Target, round: &mut Round<'_>) -> Option<Builder> {
        let endpoint = target.endpoint.as_ref()?;
        let domain = &self.settings.domain;
        let branch = format!("z9hG4bK{}", round.digits(20));
        let via = self.via(target.peer.flow, &branch)?;
        let service = format!("sip:diagnosis@{domain}");
        let request = Builder::request(method, target.uri.as_deref()?);
        let proxies = target.path.iter();
        let request = proxies
            .fold(request, |request, proxy| request.header("Route", proxy))
            .header("Via", via.to_string())
            .header("Max-Forwards", "70")
            .header("From", format!("<{service}>;tag={}", round.digits(16)))
            .header("To", format!("<{}>", endpoint.uri))
            .header("Call-ID", round.digits(32))
            .header("CSeq", format!("1 {}", method.as_str()))
            .header("P-Asserted-Identity", format!("\"Hopsight\" <{service}>"));
        Some(request)
    }
}
