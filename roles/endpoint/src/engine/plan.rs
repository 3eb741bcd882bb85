//! Decides what an endpoint does once it is registered, whose invitations it
//! considers, and when it has done what it was started for.

use super::signalling::answer_to;
use super::{Engine, Input};
use crate::error::EndpointError;
use crate::event::What;
use crate::server::Link;
use hopsight_evidence::{Claim, Side, SignallingRequest};
use hopsight_net::HttpError;
use hopsight_screen::Source;
use std::path::{Path, PathBuf};

/// What an endpoint is for, with addresses resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// See the desktop of whoever invites next.
    Await { save_into: Option<PathBuf> },
    /// Look at the path to somebody, without any picture.
    Check { uri: String, found: Vec<Claim> },
    /// Share by a link.
    ShareByLink { source: Source },
    /// Share with somebody.
    ShareWith { uri: String, source: Source },
    /// See somebody's desktop.
    View {
        uri: String,
        save_into: Option<PathBuf>,
    },
}

impl Plan {
    pub(crate) const fn source(&self) -> Option<Source> {
        match self {
            Self::ShareByLink { source } | Self::ShareWith { source, .. } => Some(*source),
            Self::Await { .. } | Self::Check { .. } | Self::View { .. } => None,
        }
    }

    pub(crate) fn save_into(&self) -> Option<&Path> {
        match self {
            Self::Await { save_into } | Self::View { save_into, .. } => save_into.as_deref(),
            Self::Check { .. } | Self::ShareByLink { .. } | Self::ShareWith { .. } => None,
        }
    }

    /// How many calls there may be at once, checks by others not counted.
    pub(crate) const fn most_calls(&self) -> usize {
        match self {
            Self::ShareByLink { .. } => 16,
            Self::Await { .. }
            | Self::Check { .. }
            | Self::ShareWith { .. }
            | Self::View { .. } => 1,
        }
    }

    /// Whether one end of a session is not the end of the whole.
    pub(crate) const fn is_for_many(&self) -> bool {
        self.most_calls() > 1
    }

    /// What this end would be if it took an invitation to `to` of somebody
    /// who would be `theirs`; nothing if it is not there for such invitations.
    pub(crate) fn role_for(
        &self,
        to: &str,
        theirs: Side,
        own: &str,
        link: Option<&str>,
    ) -> Option<Side> {
        let (expected, role) = match self {
            Self::Await { .. } => (Some(own), Side::Viewer),
            Self::ShareByLink { .. } => (link, Side::Sharer),
            Self::Check { .. } | Self::ShareWith { .. } | Self::View { .. } => return None,
        };
        let is_meant = expected.is_some_and(|expected| expected.eq_ignore_ascii_case(to));
        (is_meant && theirs == role.other()).then_some(role)
    }
}

impl Engine {
    pub(super) fn registered(&mut self, uri: &str) {
        self.signed_in(200, "OK");
        if uri == self.uri && !self.running.has_registered {
            self.running.has_registered = true;
            let uri = self.uri.clone();
            self.tell(What::Registered { uri });
            self.begin();
        }
        let link = self.running.link.as_ref().filter(|link| link.uri == uri);
        if let Some(link) = link.filter(|_| !self.running.is_link_told) {
            let what = What::Link {
                url: link.url.clone(),
                expires_at: link.expires_at.clone(),
            };
            self.running.is_link_told = true;
            self.tell(what);
        }
    }

    pub(super) fn not_registered(&mut self, uri: String, status: u16, reason: String) {
        self.signed_in(status, &reason);
        let is_needed = uri == self.uri && !self.running.has_registered
            || uri != self.uri && !self.running.is_link_told;
        let is_final = (400..500).contains(&status) && status != 408;
        tracing::warn!(
            uri,
            status,
            reason,
            "the server did not register an address"
        );
        if is_needed || is_final && self.running.calls.is_empty() {
            let server = self.workshop.server.address.clone();
            self.end(Err(EndpointError::NotRegistered {
                server,
                uri,
                status,
                reason,
            }));
        }
    }

    fn signed_in(&mut self, status: u16, reason: &str) {
        let answer = answer_to(SignallingRequest::SignIn, status, reason);
        self.running.signed_in = Some(answer.clone());
        for key in self.keys() {
            self.observed(key, answer.clone());
        }
    }

    fn begin(&mut self) {
        match self.plan.clone() {
            Plan::Await { .. } => {}
            Plan::Check { uri, found } => self.check(&uri, found),
            Plan::ShareByLink { .. } => {
                let workshop = std::sync::Arc::clone(&self.workshop);
                let inbox = self.inbox_sender.clone();
                tokio::spawn(async move {
                    let made = workshop.server.make_link(&workshop.account).await;
                    // Nobody listens when the endpoint has ended meanwhile.
                    drop(inbox.send(Input::Link(made)).await);
                });
            }
            Plan::ShareWith { uri, .. } => self.invite(Side::Sharer, &uri),
            Plan::View { uri, .. } => self.invite(Side::Viewer, &uri),
        }
    }

    pub(super) fn link_made(&mut self, made: Result<Link, HttpError>) {
        match made {
            Ok(link) => {
                let uri = link.uri.clone();
                self.running.link = Some(link);
                self.sip(|agent, now, random| agent.register(&uri, now, random));
            }
            Err(error) => self.end(Err(error.into())),
        }
    }

    /// A call is over.
    pub(super) fn after_call(&mut self, was_answered: bool) {
        let is_done = match &self.plan {
            Plan::Await { .. } => was_answered,
            Plan::ShareByLink { .. } => false,
            Plan::Check { .. } | Plan::ShareWith { .. } | Plan::View { .. } => true,
        };
        if is_done {
            self.end(Ok(()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "sip:desk1@example.org";
    const LINK: &str = "sip:share.ab12@example.org";

    #[test]
    fn a_share_by_link_takes_viewers_of_the_link_and_nobody_else() {
        let plan = Plan::ShareByLink {
            source: Source::TestPattern,
        };
        let role = |to, theirs, link| plan.role_for(to, theirs, OWN, link);

        assert_eq!(role(LINK, Side::Viewer, Some(LINK)), Some(Side::Sharer));
        assert_eq!(role(LINK, Side::Sharer, Some(LINK)), None);
        assert_eq!(role(OWN, Side::Viewer, Some(LINK)), None);
        assert_eq!(role(LINK, Side::Viewer, None), None);
    }

    #[test]
    fn whoever_waits_for_a_sharer_shows_nothing_of_their_own() {
        let plan = Plan::Await { save_into: None };

        assert_eq!(
            plan.role_for(OWN, Side::Sharer, OWN, None),
            Some(Side::Viewer)
        );
        assert_eq!(plan.role_for(OWN, Side::Viewer, OWN, None), None);
    }

    #[test]
    fn whoever_invites_is_not_there_for_invitations() {
        let plan = Plan::View {
            uri: OWN.into(),
            save_into: None,
        };

        assert_eq!(plan.role_for(OWN, Side::Sharer, OWN, None), None);
    }
}
