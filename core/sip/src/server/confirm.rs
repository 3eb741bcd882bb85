//! Decides what a client is told of its registration: every binding of the address
//! (RFC 3261, section 10.3, step 8), the proxies on the way (RFC 3327), the way of its
//! own requests (RFC 3608), what it may call itself (RFC 5627), and whether its flows
//! are kept (RFC 5626).

use super::registrar::Binding;
use super::reply::Arrival;
use super::{Round, Server};
use crate::gruu::{TemporaryGruu, public_gruu};
use hopsight_kit::Moment;

impl Server {
    pub(super) fn confirm(&mut self, arrival: &Arrival, uri: &str, round: &mut Round<'_>) {
        let request = &arrival.request;
        let wants_names = request.values("Supported").contains(&"gruu");
        let bindings: Vec<Binding> = self.registrar.of(uri).cloned().collect();
        let mut keeps_flows = false;
        let mut contacts = Vec::new();
        for binding in &bindings {
            let names = if wants_names && binding.has_instance() && binding.is_own() {
                self.names(binding, round)
            } else {
                String::new()
            };
            keeps_flows |= binding.flow == arrival.peer.flow && binding.registration > 0;
            contacts.push(binding.as_contact(&names, round.now));
        }
        let way = self.settings.reached_at.route("");
        self.reply_with(arrival, 200, "OK", round, |mut response| {
            for contact in &contacts {
                response = response.header("Contact", contact);
            }
            response = response.copy(&arrival.request, "Path");
            if keeps_flows {
                response = response.header("Require", "outbound");
            }
            response
                .header("Service-Route", way)
                .header("Supported", super::register::SUPPORTED.join(", "))
        });
    }

    /// The addresses by which others reach this one endpoint.
    fn names(&self, binding: &Binding, round: &mut Round<'_>) -> String {
        let public = public_gruu(&binding.uri, &binding.instance);
        let temporary = TemporaryGruu::new(binding.endpoint(), &binding.call_id);
        let user = temporary.sign(&self.settings.node_key, round.random);
        let domain = &self.settings.domain;
        format!(";pub-gruu=\"{public}\";temp-gruu=\"sip:{user}@{domain};gr\"")
    }
}

impl Binding {
    /// Whether the endpoint told which one it is.
    fn has_instance(&self) -> bool {
        self.instance != self.contact
    }

    /// Whether it is the address of whoever registered it. Clients keep one name for
    /// themselves, so that of a share of theirs would take its place.
    fn is_own(&self) -> bool {
        self.uri == self.by.uri
    }

    fn as_contact(&self, names: &str, now: Moment) -> String {
        let seconds = self.expires.since(now).as_secs();
        if !self.has_instance() {
            return format!("<{}>;expires={seconds}", self.contact);
        }
        let flow = match self.registration {
            0 => String::new(),
            number => format!(";reg-id={number}"),
        };
        format!(
            "<{}>;+sip.instance=\"<{}>\"{flow}{names};expires={seconds}",
            self.contact, self.instance
        )
    }
}
