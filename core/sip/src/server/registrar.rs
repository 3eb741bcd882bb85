//! Decides at which flows an address can be reached (RFC 3261, section 10.3;
//! RFC 5626, section 6).
//!
//! One binding for each address-of-record and endpoint. A binding lives on one
//! flow and dies with it or at its expiry. Who may register what is left to
//! the server.

use super::FlowId;
use crate::flow_token::EndpointKey;
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// One endpoint of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The address-of-record.
    pub uri: String,
    /// The `+sip.instance` without its brackets; for clients that have none,
    /// the contact URI.
    pub instance: String,
    /// Where requests are addressed to: the contact URI as it was registered.
    pub contact: String,
    /// The flow on which the endpoint registered.
    pub flow: FlowId,
    /// When it lapses.
    pub expires: Moment,
    /// Call-ID of the registration.
    pub call_id: String,
    /// CSeq of the registration.
    pub sequence: u32,
}

impl Binding {
    /// The endpoint as flow tokens name it.
    #[must_use]
    pub fn endpoint(&self) -> EndpointKey {
        EndpointKey::of(&self.uri, &self.instance)
    }
}

/// All bindings.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    bindings: BTreeMap<(String, String), Binding>,
    endpoints: BTreeMap<EndpointKey, (String, String)>,
}

/// Why a registration was not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BindError {
    /// A newer request of the same registration was already entered.
    OutOfOrder,
    /// The address has as many endpoints as it may have.
    TooMany,
}

impl Registrar {
    /// Enters or renews a binding.
    pub(super) fn bind(&mut self, binding: Binding) -> Result<(), BindError> {
        let key = (binding.uri.clone(), binding.instance.clone());
        match self.bindings.get(&key) {
            Some(known) if known.is_newer_than(&binding) => return Err(BindError::OutOfOrder),
            None if self.of(&binding.uri).count() >= MOST_ENDPOINTS => {
                return Err(BindError::TooMany);
            }
            Some(_) | None => {}
        }
        self.endpoints.insert(binding.endpoint(), key.clone());
        self.bindings.insert(key, binding);
        Ok(())
    }

    /// Takes a binding away, if there is one.
    pub(super) fn unbind(&mut self, uri: &str, instance: &str) {
        let key = (uri.to_owned(), instance.to_owned());
        if let Some(binding) = self.bindings.remove(&key) {
            self.endpoints.remove(&binding.endpoint());
        }
    }

    /// Takes away every binding for which `is_over` says so and names the
    /// addresses that have none left.
    pub(super) fn sweep(&mut self, is_over: impl Fn(&Binding) -> bool) -> Vec<String> {
        let over: Vec<Binding> = self
            .bindings
            .values()
            .filter(|b| is_over(b))
            .cloned()
            .collect();
        for binding in &over {
            self.unbind(&binding.uri, &binding.instance);
        }
        let uris: BTreeSet<String> = over.into_iter().map(|binding| binding.uri).collect();
        uris.into_iter()
            .filter(|uri| !self.is_online(uri))
            .collect()
    }

    /// The endpoints of `uri`.
    pub(super) fn of<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a Binding> {
        self.bindings
            .range((uri.to_owned(), String::new())..)
            .map(|(_, binding)| binding)
            .take_while(move |binding| binding.uri == uri)
    }

    /// Whether `uri` has any endpoint.
    pub(super) fn is_online(&self, uri: &str) -> bool {
        self.of(uri).next().is_some()
    }

    /// The binding of one endpoint, on whatever flow it is now.
    pub(super) fn endpoint(&self, key: EndpointKey) -> Option<&Binding> {
        self.bindings.get(self.endpoints.get(&key)?)
    }

    /// Everything that was registered on `flow`.
    pub(super) fn on(&self, flow: FlowId) -> impl Iterator<Item = &Binding> {
        self.bindings
            .values()
            .filter(move |binding| binding.flow == flow)
    }

    /// When the next binding lapses.
    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.bindings.values().map(|binding| binding.expires).min()
    }
}

impl Binding {
    /// RFC 3261, section 10.3, step 7: within one Call-ID the CSeq rises.
    fn is_newer_than(&self, other: &Self) -> bool {
        self.call_id == other.call_id && self.sequence >= other.sequence
    }
}

const MOST_ENDPOINTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_person_has_one_binding_for_each_instance() {
        let mut registrar = Registrar::default();
        registrar.bind(binding("desk", 1, 1)).unwrap();
        registrar.bind(binding("lap", 2, 1)).unwrap();
        registrar.bind(binding("desk", 3, 2)).unwrap();

        let flows: Vec<FlowId> = registrar.of(ALICE).map(|binding| binding.flow).collect();

        assert_eq!(flows, [FlowId(3), FlowId(2)]);
    }

    #[test]
    fn an_older_request_does_not_replace_a_newer_one() {
        let mut registrar = Registrar::default();
        registrar.bind(binding("desk", 1, 5)).unwrap();

        assert_eq!(
            registrar.bind(binding("desk", 2, 4)),
            Err(BindError::OutOfOrder)
        );
    }

    #[test]
    fn a_binding_goes_at_its_expiry_not_before() {
        let mut registrar = Registrar::default();
        registrar.bind(binding("desk", 1, 1)).unwrap();
        let early = Moment::after_start(Duration::from_secs(299));
        let late = Moment::after_start(Duration::from_secs(300));

        assert_eq!(
            registrar.sweep(|b| b.expires <= early),
            Vec::<String>::new()
        );
        assert_eq!(registrar.sweep(|b| b.expires <= late), [ALICE]);
        assert_eq!(registrar.endpoint(EndpointKey::of(ALICE, "desk")), None);
    }

    #[test]
    fn a_person_stays_online_while_one_endpoint_is_left() {
        let mut registrar = Registrar::default();
        registrar.bind(binding("desk", 1, 1)).unwrap();
        registrar.bind(binding("lap", 2, 1)).unwrap();

        assert_eq!(
            registrar.sweep(|b| b.flow == FlowId(1)),
            Vec::<String>::new()
        );
        assert_eq!(registrar.sweep(|b| b.flow == FlowId(2)), [ALICE]);
    }

    #[test]
    fn the_seventeenth_endpoint_is_too_many() {
        let mut registrar = Registrar::default();
        for number in 0..16 {
            registrar
                .bind(binding(&format!("e{number}"), number, 1))
                .unwrap();
        }

        assert_eq!(
            registrar.bind(binding("e16", 16, 1)),
            Err(BindError::TooMany)
        );
        assert_eq!(registrar.bind(binding("e3", 17, 2)), Ok(()));
    }

    const ALICE: &str = "sip:alice@hopsight.internal";

    fn binding(instance: &str, flow: u64, sequence: u32) -> Binding {
        Binding {
            uri: ALICE.into(),
            instance: instance.into(),
            contact: format!("sip:{instance}@192.0.2.1"),
            flow: FlowId(flow),
            expires: Moment::after_start(Duration::from_secs(300)),
            call_id: "c".into(),
            sequence,
        }
    }
}
