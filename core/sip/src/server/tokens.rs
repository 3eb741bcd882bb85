//! Decides which flow an endpoint is on: the flow it was seen on while that is
//! open, otherwise the one on which it registered anew.

use super::exchange::{Endpoint, FlowId};
use super::{Identity, Peer, Place, Server};
use crate::flow_token::{EndpointKey, FlowToken, Leg};
use crate::message::Via;

impl Server {
    /// The flow on which `peer` speaks now.
    pub(super) fn flow_to(&self, peer: Peer) -> Option<FlowId> {
        if self.is_at(peer.endpoint, peer.flow) {
            return Some(peer.flow);
        }
        let moved = self.registrar.endpoint(peer.endpoint);
        moved.map(|binding| binding.flow)
    }

    /// The flow on which a request of `peer` is answered: also one that never
    /// told who it is.
    pub(super) fn flow_back_to(&self, peer: Peer) -> Option<FlowId> {
        let same = self.flows.contains_key(&peer.flow).then_some(peer.flow);
        self.flow_to(peer).or(same)
    }

    /// Who stands at one end of a transaction.
    pub(super) fn who_is(&self, peer: Peer) -> Option<&Identity> {
        let bound = self.registrar.endpoint(peer.endpoint);
        let bound = bound.map(|binding| &binding.by);
        bound.or_else(|| self.identity(self.flow_back_to(peer)?))
    }

    /// Whether this endpoint speaks on `flow`.
    pub(super) fn is_at(&self, endpoint: EndpointKey, flow: FlowId) -> bool {
        let is_bound = self.registrar.endpoint_on(endpoint, flow).is_some();
        let is_person = self
            .identity(flow)
            .is_some_and(|identity| EndpointKey::of(&identity.uri, "") == endpoint);
        is_bound || is_person
    }

    /// Whether this endpoint is one of `who`.
    fn is_of(&self, endpoint: EndpointKey, who: &Identity) -> bool {
        let bound = self.registrar.endpoint(endpoint);
        bound.map_or_else(
            || EndpointKey::of(&who.uri, "") == endpoint,
            |binding| binding.by.uri == who.uri,
        )
    }

    /// The endpoint that speaks as `uri` on `flow`.
    pub(super) fn endpoint_on(&self, flow: FlowId, uri: &str) -> Endpoint {
        let bound = self.registrar.on(flow).find(|binding| binding.uri == uri);
        Endpoint {
            uri: uri.to_owned(),
            instance: bound.map_or_else(String::new, |binding| binding.instance.clone()),
            flow,
        }
    }

    /// The other end of the dialog that `token` names, seen from `who` on `flow`; none
    /// when they have no part in it. Several people may share the flow of a proxy.
    pub(super) fn far_end(&self, token: &FlowToken, flow: FlowId, who: &Identity) -> Option<Peer> {
        let is_theirs = |endpoint| self.is_at(endpoint, flow) && self.is_of(endpoint, who);
        let far = if is_theirs(token.caller.endpoint) {
            token.callee
        } else if is_theirs(token.callee.endpoint) {
            token.caller
        } else {
            return None;
        };
        Some(Peer {
            flow: FlowId(far.flow),
            endpoint: far.endpoint,
        })
    }

    /// The Record-Route value that leads in-dialog requests back here.
    pub(super) fn record_route(&self, caller: Peer, callee: Peer) -> String {
        let token = FlowToken {
            caller: Leg::from(caller),
            callee: Leg::from(callee),
        };
        let user = token.sign(&self.settings.node_key);
        self.settings.reached_at.route(&user)
    }

    /// The Via of a request that leaves on a flow. Some clients look for the flow of an
    /// answer by what stands here, and need the port (RFC 3581).
    pub(super) fn via(&self, flow: FlowId, branch: &str) -> Option<Via> {
        let transport = self.flows.get(&flow)?.transport;
        let Place { host, port } = &self.settings.reached_at;
        let via = Via::new(transport.as_str(), host, *port, branch);
        Some(via.with_parameter("rport", ""))
    }
}

impl From<Peer> for Leg {
    fn from(peer: Peer) -> Self {
        Self {
            flow: peer.flow.0,
            endpoint: peer.endpoint,
        }
    }
}

impl From<&Endpoint> for Peer {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            flow: endpoint.flow,
            endpoint: EndpointKey::of(&endpoint.uri, &endpoint.instance),
        }
    }
}
