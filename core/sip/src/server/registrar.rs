//! Decides at which flows an address can be reached (RFC 3261, section 10.3;
//! RFC 5626, section 6).
//!
//! One binding for each address-of-record, endpoint and registration of it: an
//! endpoint with two flows has two, and the newest is tried first. A binding lives on
//! one flow and dies with it or at its expiry. Who may register what is left to the
//! server.

use super::{FlowId, Identity};
use crate::flow_token::EndpointKey;
use hopsight_kit::Moment;
use std::collections::{BTreeMap, BTreeSet};

/// One way to one endpoint of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The address-of-record.
    pub uri: String,
    /// The `+sip.instance` without its brackets; for clients that have none,
    /// the contact URI.
    pub instance: String,
    /// Which of the endpoint's flows it is (`reg-id`, RFC 5626, section 4.2); 0 for
    /// an endpoint that has one only.
    pub registration: u32,
    /// Where requests are addressed to: the contact URI as it was registered.
    pub contact: String,
    /// The proxies between the flow and the endpoint, the nearest first (RFC 3327).
    pub path: Vec<String>,
    /// Who registered it.
    pub by: Identity,
    /// The flow on which the endpoint registered.
    pub flow: FlowId,
    /// When it was entered or renewed.
    pub entered: Moment,
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

    /// Names it.
    pub(super) fn key(&self) -> Key {
        Key {
            uri: self.uri.clone(),
            instance: self.instance.clone(),
            registration: self.registration,
        }
    }
}

/// Names one binding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) uri: String,
    pub(super) instance: String,
    pub(super) registration: u32,
}

/// All bindings.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    bindings: BTreeMap<Key, Binding>,
    endpoints: BTreeMap<EndpointKey, BTreeSet<Key>>,
    flows: BTreeMap<FlowId, BTreeSet<Key>>,
    expiries: BTreeSet<(Moment, Key)>,
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
        let key = binding.key();
        match self.bindings.get(&key) {
            Some(known) if known.is_newer_than(&binding) => return Err(BindError::OutOfOrder),
            None if self.of(&binding.uri).count() >= MOST_BINDINGS => {
                return Err(BindError::TooMany);
            }
            Some(_) | None => {}
        }
        self.unbind(&key);
        let endpoint = self.endpoints.entry(binding.endpoint()).or_default();
        endpoint.insert(key.clone());
        let flow = self.flows.entry(binding.flow).or_default();
        flow.insert(key.clone());
        self.expiries.insert((binding.expires, key.clone()));
        self.bindings.insert(key, binding);
        Ok(())
    }

    /// Takes a binding away, if there is one.
    pub(super) fn unbind(&mut self, key: &Key) {
        let Some(binding) = self.bindings.remove(key) else {
            return;
        };
        withdraw(&mut self.endpoints, &binding.endpoint(), key);
        withdraw(&mut self.flows, &binding.flow, key);
        self.expiries.remove(&(binding.expires, key.clone()));
    }

    /// Takes away what lapsed by `now`, and names the addresses that have nothing left.
    pub(super) fn lapse(&mut self, now: Moment) -> Vec<String> {
        let due = self.expiries.iter().take_while(|(at, _)| *at <= now);
        let due = due.map(|(_, key)| key.clone()).collect();
        self.take_away(due)
    }

    /// Takes away what was registered on a flow, and names the addresses that have
    /// nothing left.
    pub(super) fn flow_closed(&mut self, flow: FlowId) -> Vec<String> {
        let keys = self.flows.get(&flow).cloned().unwrap_or_default();
        self.take_away(keys.into_iter().collect())
    }

    /// Takes away every way to an address, and names it when there was one.
    pub(super) fn unbind_all(&mut self, uri: &str) -> Vec<String> {
        let keys = self.of(uri).map(Binding::key).collect();
        self.take_away(keys)
    }

    /// Takes away every way to an address and all that its person registered.
    pub(super) fn bar(&mut self, uri: &str) -> Vec<String> {
        let is_theirs = |binding: &&Binding| binding.uri == uri || binding.by.uri == uri;
        let keys = self.bindings.values().filter(is_theirs);
        let keys = keys.map(Binding::key).collect();
        self.take_away(keys)
    }

    /// The ways to `uri`.
    pub(super) fn of<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a Binding> {
        let first = Key {
            uri: uri.to_owned(),
            instance: String::new(),
            registration: 0,
        };
        self.bindings
            .range(first..)
            .map(|(_, binding)| binding)
            .take_while(move |binding| binding.uri == uri)
    }

    /// The best way to each endpoint of `uri` (RFC 5626, section 7.1).
    pub(super) fn endpoints_of<'a>(&'a self, uri: &'a str) -> impl Iterator<Item = &'a Binding> {
        self.of(uri).filter(|binding| {
            let best = self.endpoint(binding.endpoint());
            best.is_some_and(|best| best.registration == binding.registration)
        })
    }

    /// Whether `uri` has any endpoint.
    pub(super) fn is_online(&self, uri: &str) -> bool {
        self.of(uri).next().is_some()
    }

    /// The newest binding of one endpoint, on whatever flow it is now.
    pub(super) fn endpoint(&self, key: EndpointKey) -> Option<&Binding> {
        self.ways(key)
            .max_by_key(|binding| (binding.entered, binding.registration))
    }

    /// The binding of one endpoint on this flow.
    pub(super) fn endpoint_on(&self, key: EndpointKey, flow: FlowId) -> Option<&Binding> {
        self.ways(key).find(|binding| binding.flow == flow)
    }

    /// Everything that was registered on `flow`.
    pub(super) fn on(&self, flow: FlowId) -> impl Iterator<Item = &Binding> {
        let keys = self.flows.get(&flow).into_iter().flatten();
        keys.filter_map(|key| self.bindings.get(key))
    }

    /// When the next binding lapses.
    pub(super) fn next_wake(&self) -> Option<Moment> {
        self.expiries.first().map(|(at, _)| *at)
    }

    fn ways(&self, key: EndpointKey) -> impl Iterator<Item = &Binding> {
        let keys = self.endpoints.get(&key).into_iter().flatten();
        keys.filter_map(|key| self.bindings.get(key))
    }

    fn take_away(&mut self, keys: Vec<Key>) -> Vec<String> {
        for key in &keys {
            self.unbind(key);
        }
        let uris: BTreeSet<String> = keys.into_iter().map(|key| key.uri).collect();
        uris.into_iter()
            .filter(|uri| !self.is_online(uri))
            .collect()
    }
}

impl Binding {
    /// RFC 3261, section 10.3, step 7: within one Call-ID the CSeq rises.
    fn is_newer_than(&self, other: &Self) -> bool {
        self.call_id == other.call_id && self.sequence >= other.sequence
    }
}

fn withdraw<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Key>>, at: &K, key: &Key) {
    let Some(keys) = index.get_mut(at) else {
        return;
    };
    keys.remove(key);
    if keys.is_empty() {
        index.remove(at);
    }
}

const MOST_BINDINGS: usize = 16;

#[cfg(test)]
mod tests {
    use super::super::IdentityKind;
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

        assert_eq!(registrar.lapse(early), Vec::<String>::new());
        assert_eq!(registrar.lapse(late), [ALICE]);
        assert_eq!(registrar.endpoint(EndpointKey::of(ALICE, "desk")), None);
    }

    #[test]
    fn a_person_stays_online_while_one_endpoint_is_left() {
        let mut registrar = Registrar::default();
        registrar.bind(binding("desk", 1, 1)).unwrap();
        registrar.bind(binding("lap", 2, 1)).unwrap();

        assert_eq!(registrar.flow_closed(FlowId(1)), Vec::<String>::new());
        assert_eq!(registrar.flow_closed(FlowId(2)), [ALICE]);
    }

    #[test]
    fn an_endpoint_with_two_flows_is_reached_by_the_newer_one_and_then_by_the_other() {
        let second = |flow, entered| Binding {
            registration: 2,
            entered: Moment::after_start(Duration::from_secs(entered)),
            ..binding("desk", flow, 1)
        };
        let mut registrar = Registrar::default();
        registrar.bind(second(2, 5)).unwrap();
        registrar.bind(binding("desk", 1, 1)).unwrap();
        let flows = |registrar: &Registrar| {
            let ways = registrar.endpoints_of(ALICE).map(|binding| binding.flow);
            ways.collect::<Vec<_>>()
        };

        assert_eq!(flows(&registrar), [FlowId(2)]);
        assert_eq!(registrar.flow_closed(FlowId(2)), Vec::<String>::new());
        assert_eq!(flows(&registrar), [FlowId(1)]);
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
            registration: 0,
            path: Vec::new(),
            by: Identity {
                name: "alice".into(),
                uri: ALICE.into(),
                display_name: "Alice".into(),
                kind: IdentityKind::Person,
            },
            entered: Moment::START,
            contact: format!("sip:{instance}@192.0.2.1"),
            flow: FlowId(flow),
            expires: Moment::after_start(Duration::from_secs(300)),
            call_id: "c".into(),
            sequence,
        }
    }
}
