//! Decides what becomes of a foreign tool that comes with a grant of its own: once
//! it has proven that it knows the password, it is known as if the front end had
//! granted it. It ends with its grant, whatever it holds.

use super::state::Grant;
use super::{Server, Step};
use crate::message::Key;
use crate::network::Network;
use crate::tool_grant::ToolGrant;
use crate::values::{Action, FiveTuple};
use hopsight_evidence::{Observation, Side};
use hopsight_kit::SessionId;

impl Server {
    /// The grant that a user name not known yet says it is; nothing is remembered
    /// of it.
    pub(super) fn tool_grant(&self, username: &str, step: &Step<'_>) -> Option<(ToolGrant, Grant)> {
        let key = self.settings.tool_key.as_ref()?;
        if self.state.grants.contains_key(username) {
            return None;
        }
        let named = ToolGrant::read(username)?;
        let is_free = !self.state.sessions.contains_key(&named.session);
        if named.expires <= step.wall || !is_free {
            return None;
        }
        let password = ToolGrant::password(username, key);
        let grant = Grant {
            session: named.session.clone(),
            side: Side::Sharer,
            owner: username.to_owned(),
            key: Key::long_term(username, &self.settings.realm, &password),
            expires: named.expires,
        };
        Some((named, grant))
    }

    pub(super) fn admit_tool(
        &mut self,
        username: &str,
        peers: Vec<Network>,
        grant: Grant,
        client: FiveTuple,
        step: &mut Step<'_>,
    ) {
        step.actions.push(Action::ToolAdmitted {
            session: grant.session.clone(),
            client,
            expires: grant.expires,
        });
        let session = self.state.sessions.entry(grant.session.clone());
        let session = session.or_default();
        session.named = peers;
        session.is_of_tool = true;
        self.state.grants.insert(username.to_owned(), grant);
    }

    /// Tells the front end what was observed of a session of people.
    pub(super) fn report(
        &self,
        session: &SessionId,
        observation: Observation,
        step: &mut Step<'_>,
    ) {
        if self.state.is_of_tool(session) {
            return;
        }
        step.actions.push(Action::Report {
            session: session.clone(),
            observation,
        });
    }
}
