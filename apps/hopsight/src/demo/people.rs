//! The two people of the demo: made once, found again at the next run.

use crate::failure::Failure;
use crate::serve::Deployment;
use crate::state;
use crate::user::{Digest, New, add, add_device, known, sign_in_link};
use hopsight_kit::Redacted;

/// Account name and shown name; the first one shares and is administrator.
const PEOPLE: [(&str, &str); 2] = [("desk1", "Desk One"), ("desk2", "Desk Two")];

/// Two people who can sign in.
pub(super) struct People {
    secret: Redacted<String>,
    links: Vec<(&'static str, Redacted<String>)>,
}

impl People {
    pub(super) async fn make(deployment: &Deployment, domain: &str) -> Result<Self, Failure> {
        let now = state::clock().wall();
        let store = &*deployment.store;
        let mut links = Vec::new();
        for (position, (name, display_name)) in PEOPLE.into_iter().enumerate() {
            if known(store, name).await?.is_none() {
                add(store, &person(name, display_name, position == 0), now).await?;
            }
            links.push((name, sign_in_link(store, name, now).await?));
        }
        let [(name, display_name), _] = PEOPLE;
        let sharer = person(name, display_name, true);
        let secret = add_device(store, &sharer, domain, Digest::Sha256, now).await?;
        Ok(Self { secret, links })
    }

    /// Whose desktop it is.
    pub(super) const fn sharer(&self) -> &'static str {
        PEOPLE[0].0
    }

    pub(super) const fn secret(&self) -> &Redacted<String> {
        &self.secret
    }

    /// Name and one-time sign-in link of each.
    pub(super) fn links(&self, url: &str) -> Vec<(&'static str, String)> {
        self.links
            .iter()
            .map(|(name, path)| (*name, format!("{url}{}", path.reveal())))
            .collect()
    }
}

fn person(name: &str, display_name: &str, administrator: bool) -> New {
    New {
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        administrator,
    }
}
