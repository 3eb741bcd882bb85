//! `hopsight user`: people and their devices, in the store of this machine.

use crate::command_line::{User, UserTask};
use crate::failure::Failure;
use crate::state;
use hopsight_configuration::{self as configuration, Configuration};
use hopsight_front_end::{device_key, legacy_device_key};
use hopsight_kit::{Redacted, Timestamp, Token};
use hopsight_net::Entropy;
use hopsight_store::{
    Account, AccountChange, AccountKind, Device, SignInLink, Store, StoreErrorKind, TokenHash,
};
use serde_json::json;
use std::time::Duration;

/// How long a one-time sign-in link waits to be opened.
const LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

pub(crate) async fn run(wanted: User, json: bool) -> Result<(), Failure> {
    let configuration = configuration::load(wanted.config.as_deref(), std::env::vars())?;
    let store = match wanted.task {
        UserTask::Add { .. } => state::store(&configuration.state).await?,
        UserTask::List | UserTask::Disable { .. } | UserTask::Reset { .. } => {
            state::existing(&configuration.state).await?
        }
    };
    let now = state::clock().wall();
    match wanted.task {
        UserTask::Add {
            name,
            display_name,
            device,
            md5,
            administrator,
        } => {
            let person = New {
                display_name: display_name.unwrap_or_else(|| name.clone()),
                name,
                administrator,
            };
            if device {
                let digest = if md5 { Digest::WithMd5 } else { Digest::Sha256 };
                let secret =
                    add_device(&*store, &person, &configuration.domain, digest, now).await?;
                print_device(&person.name, &secret, json);
            } else {
                add(&*store, &person, now).await?;
                print_link(&*store, &configuration, &person.name, now, json).await?;
            }
        }
        UserTask::List => list(&*store, json).await?,
        UserTask::Disable { name } => disable(&*store, &name, json).await?,
        UserTask::Reset { name } => {
            let account = known(&*store, &name).await?;
            if account.is_some_and(|account| !account.enabled) {
                return Err(Failure::failed(format!(
                    "{name} is disabled, a link would not work\n  add the person again under another name"
                )));
            }
            print_link(&*store, &configuration, &name, now, json).await?;
        }
    }
    Ok(())
}

/// Somebody to be added.
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) administrator: bool,
}

/// In which digest a device proves its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    /// What every account takes.
    Sha256,
    /// MD5 as well, for a phone or program that knows nothing else.
    WithMd5,
}

/// Adds a person who can sign in once they have a link or a device.
pub(crate) async fn add(store: &dyn Store, person: &New, now: Timestamp) -> Result<(), Failure> {
    check_name(&person.name)?;
    let account = Account {
        name: person.name.clone(),
        display_name: person.display_name.clone(),
        kind: AccountKind::Person,
        administrator: person.administrator,
        enabled: true,
        password: None,
        created: now,
        expires: None,
    };
    store
        .add_account(&account)
        .await
        .map_err(|error| state::refused(&error))
}

/// Mints a device secret; adds the person first when they are new.
pub(crate) async fn add_device(
    store: &dyn Store,
    person: &New,
    realm: &str,
    digest: Digest,
    now: Timestamp,
) -> Result<Redacted<String>, Failure> {
    if known(store, &person.name).await?.is_none() {
        add(store, person, now).await?;
    }
    let secret = Redacted::new(Token::draw(&mut Entropy).reveal().to_owned());
    let device = Device {
        id: Token::draw(&mut Entropy)
            .reveal()
            .chars()
            .take(16)
            .collect(),
        account: person.name.clone(),
        ha1_sha256: device_key(&person.name, realm, &secret),
        ha1_md5: match digest {
            Digest::Sha256 => None,
            Digest::WithMd5 => Some(legacy_device_key(&person.name, realm, &secret)),
        },
        created: now,
    };
    store
        .add_device(&device)
        .await
        .map_err(|error| state::refused(&error))?;
    Ok(secret)
}

/// A sign-in link that works once, as its path and token.
pub(crate) async fn sign_in_link(
    store: &dyn Store,
    name: &str,
    now: Timestamp,
) -> Result<Redacted<String>, Failure> {
    let token = Token::draw(&mut Entropy);
    let link = SignInLink {
        token: TokenHash::of(&token),
        account: name.to_owned(),
        expires: now + LINK_LIFE,
    };
    store
        .add_sign_in_link(&link)
        .await
        .map_err(|error| state::refused(&error))?;
    Ok(Redacted::new(format!("/i/{}", token.reveal())))
}

/// The account of that name, if there is one.
pub(crate) async fn known(store: &dyn Store, name: &str) -> Result<Option<Account>, Failure> {
    store
        .account(name)
        .await
        .map_err(|error| state::refused(&error))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let is_form = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        });
    let is_reserved =
        name == "diagnosis" || name.starts_with("share.") || name.starts_with("guest.");
    if is_form && !is_reserved {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "`{name}` cannot be a name\n  use lower-case letters, digits, dot, dash and underscore, at most 64; diagnosis, share. and guest. are taken"
    )))
}

fn print_device(name: &str, secret: &Redacted<String>, json: bool) {
    let secret = secret.reveal();
    if json {
        println!("{}", json!({"name": name, "secret": secret}));
    } else {
        println!("device secret for {name}, shown once:\n{secret}");
    }
}

async fn print_link(
    store: &dyn Store,
    configuration: &Configuration,
    name: &str,
    now: Timestamp,
    json: bool,
) -> Result<(), Failure> {
    let path = sign_in_link(store, name, now).await?;
    let url = crate::serve::public_url(configuration)?;
    let link = format!("{url}{}", path.reveal());
    if json {
        println!("{}", json!({"name": name, "link": link}));
    } else {
        println!("sign-in link for {name}, good once within 7 days:\n{link}");
    }
    Ok(())
}

async fn list(store: &dyn Store, json: bool) -> Result<(), Failure> {
    let accounts = store
        .accounts()
        .await
        .map_err(|error| state::refused(&error))?;
    let people = accounts
        .iter()
        .filter(|account| account.kind == AccountKind::Person);
    for account in people {
        if json {
            let line = json!({
                "name": account.name,
                "display_name": account.display_name,
                "administrator": account.administrator,
                "enabled": account.enabled,
            });
            println!("{line}");
        } else {
            let state = if account.enabled { "" } else { "disabled" };
            println!("{:<20} {:<30} {state}", account.name, account.display_name);
        }
    }
    Ok(())
}

/// The account cannot sign in any more; its browsers and devices are signed out.
async fn disable(store: &dyn Store, name: &str, json: bool) -> Result<(), Failure> {
    let refused = |error| state::refused(&error);
    store
        .change_account(name, &AccountChange::Enabled(false))
        .await
        .map_err(refused)?;
    store
        .end_web_sessions_of(name, None)
        .await
        .map_err(refused)?;
    for device in store.devices(name).await.map_err(refused)? {
        match store.remove_device(name, &device.id).await {
            Err(error) if error.kind == StoreErrorKind::NotFound => {}
            outcome => outcome.map_err(refused)?,
        }
    }
    if json {
        println!("{}", json!({"name": name, "enabled": false}));
    } else {
        println!("{name} is signed out everywhere within seconds and cannot sign in any more");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_odd_names_are_refused() {
        assert_eq!(check_name("desk1"), Ok(()));
        for wrong in ["", "Desk1", "share.x", "guest.1", "diagnosis", "a b", "a@b"] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }
}
