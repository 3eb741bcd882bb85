//! Answers the SIP server's questions about accounts and shares from the store.

use hopsight_kit::Timestamp;
use hopsight_sip::server::{Account, Identity, IdentityKind, Share, ShareState};
use hopsight_store::{self as store, AccountKind, ShareLinkState, Store, StoreError};

/// An account as the SIP server knows somebody.
pub(crate) fn identity_of(account: &store::Account, domain: &str) -> Identity {
    Identity {
        name: account.name.clone(),
        uri: format!("sip:{}@{domain}", account.name),
        display_name: account.display_name.clone(),
        kind: match account.kind {
            AccountKind::Guest => IdentityKind::Guest,
            AccountKind::Person => IdentityKind::Person,
        },
    }
}

pub(super) async fn account(
    store: &dyn Store,
    name: &str,
    domain: &str,
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let Some(found) = store.account(name).await? else {
        return Ok(None);
    };
    let devices = store.devices(name).await?;
    let md5 = devices.iter().filter_map(|device| device.ha1_md5.clone());
    Ok(Some(Account {
        identity: identity_of(&found, domain),
        ha1_md5: md5.collect(),
        ha1_sha256: devices
            .into_iter()
            .map(|device| device.ha1_sha256)
            .collect(),
        enabled: found.is_usable(now),
    }))
}

pub(super) async fn share(
    store: &dyn Store,
    link: &str,
    domain: &str,
    now: Timestamp,
) -> Result<Option<Share>, StoreError> {
    let Some(found) = store.share_link(link).await? else {
        return Ok(None);
    };
    let owner = store.account(&found.owner).await?;
    let is_usable = owner.as_ref().is_some_and(|owner| owner.is_usable(now));
    let state = match found.state(now) {
        ShareLinkState::Open if is_usable => ShareState::Open,
        ShareLinkState::Open | ShareLinkState::Expired | ShareLinkState::Withdrawn => {
            ShareState::Gone
        }
    };
    Ok(owner.map(|owner| Share {
        owner: identity_of(&owner, domain),
        state,
    }))
}
