//! Decides what a front end does with the server's actions: the store in a few
//! lines.

use super::{Action, DOMAIN, Input, Parcel, World};
use hopsight_kit::Redacted;
use hopsight_sip::digest::{Algorithm, ha1};
use hopsight_sip::server::{Account, Identity, IdentityKind};

impl World {
    pub(super) fn carry_out_actions(&mut self, actions: Vec<Action>) {
        for action in actions {
            self.hash(&format!("{:?} {action:?}", self.now));
            match action {
                Action::Send { flow, bytes } => {
                    let parcel = Parcel::ToPerson { flow, bytes };
                    self.network.send(parcel, self.now, &mut self.random);
                }
                Action::FindAccount { request, name } => {
                    let account = self.account(&name);
                    self.feed(Input::AccountFound { request, account });
                }
                Action::FindShare { request, .. } => {
                    self.feed(Input::ShareFound {
                        request,
                        share: None,
                    });
                }
                Action::Record { event, then, .. } if self.store_works => {
                    self.records.push(event);
                    self.carry_out_actions(then);
                }
                Action::Record {
                    record, otherwise, ..
                } => {
                    self.carry_out_actions(otherwise);
                    self.feed(Input::NotRecorded { record });
                }
                Action::Close { .. }
                | Action::Described { .. }
                | Action::Deliver { .. }
                | Action::PresenceChanged { .. }
                | Action::Count(_) => {}
            }
        }
    }

    fn account(&self, name: &str) -> Option<Account> {
        let person = self.people.iter().find(|person| person.name == name)?;
        let secret = Redacted::new(format!("secret of {name}"));
        Some(Account {
            identity: Identity {
                name: person.name.clone(),
                uri: format!("sip:{name}@{DOMAIN}"),
                display_name: person.name.to_uppercase(),
                kind: IdentityKind::Person,
            },
            ha1_sha256: vec![ha1(name, DOMAIN, &secret, Algorithm::Sha256)],
            ha1_md5: Vec::new(),
            enabled: true,
        })
    }
}
