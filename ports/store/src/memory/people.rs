//! Who may sign in, and what lets them: accounts, devices, links, cookies.

use super::{conflict, not_found};
use crate::{
    Account, AccountChange, AccountKind, Device, Opening, Retention, ShareLink, SignInLink,
    SignInLinkUse, StoreError, Swept, TokenHash, WebSession,
};
use hopsight_kit::Timestamp;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct People {
    accounts: BTreeMap<String, Account>,
    devices: Vec<Device>,
    sign_in_links: BTreeMap<TokenHash, (SignInLink, Option<Timestamp>)>,
    share_links: Vec<ShareLink>,
    web_sessions: BTreeMap<TokenHash, WebSession>,
}

impl People {
    pub(super) fn add_account(&mut self, account: &Account) -> Result<(), StoreError> {
        if self.accounts.contains_key(&account.name) {
            return conflict("add the account");
        }
        self.accounts.insert(account.name.clone(), account.clone());
        Ok(())
    }

    pub(super) fn change_account(
        &mut self,
        name: &str,
        change: &AccountChange,
    ) -> Result<(), StoreError> {
        let Some(account) = self.accounts.get_mut(name) else {
            return not_found("change the account");
        };
        match change.clone() {
            AccountChange::Administrator(is) => account.administrator = is,
            AccountChange::DisplayName(shown) => account.display_name = shown,
            AccountChange::Enabled(is) => account.enabled = is,
            AccountChange::Expires(end) => account.expires = end,
            AccountChange::Password(hash) => account.password = hash,
        }
        Ok(())
    }

    pub(super) fn erase_account(&mut self, name: &str) -> Result<(), StoreError> {
        if !self.accounts.contains_key(name) {
            return not_found("erase the account");
        }
        self.remove_account(name);
        for link in &mut self.share_links {
            link.opened.retain(|opening| opening.by != name);
        }
        Ok(())
    }

    pub(super) fn add_device(&mut self, device: &Device) -> Result<(), StoreError> {
        self.require_account(&device.account, "add the device")?;
        let taken = |other: &Device| other.account == device.account && other.id == device.id;
        if self.devices.iter().any(taken) {
            return conflict("add the device");
        }
        self.devices.push(device.clone());
        Ok(())
    }

    pub(super) fn remove_device(&mut self, account: &str, id: &str) -> Result<(), StoreError> {
        let before = self.devices.len();
        self.devices
            .retain(|device| device.account != account || device.id != id);
        if self.devices.len() == before {
            return not_found("remove the device");
        }
        Ok(())
    }

    pub(super) fn add_sign_in_link(&mut self, link: &SignInLink) -> Result<(), StoreError> {
        self.require_account(&link.account, "add the sign-in link")?;
        if self.sign_in_links.contains_key(&link.token) {
            return conflict("add the sign-in link");
        }
        self.sign_in_links.insert(link.token, (link.clone(), None));
        Ok(())
    }

    pub(super) fn use_sign_in_link(&mut self, token: &TokenHash, now: Timestamp) -> SignInLinkUse {
        let Some((link, used)) = self.sign_in_links.get_mut(token) else {
            return SignInLinkUse::Unknown;
        };
        if let Some(at) = *used {
            return SignInLinkUse::AlreadyUsed { at };
        }
        if link.expires <= now {
            return SignInLinkUse::Expired { at: link.expires };
        }
        *used = Some(now);
        SignInLinkUse::Accepted {
            account: link.account.clone(),
        }
    }

    pub(super) fn add_share_link(&mut self, link: &ShareLink) -> Result<(), StoreError> {
        self.require_account(&link.owner, "add the share link")?;
        let taken = |other: &ShareLink| other.id == link.id || other.token == link.token;
        if self.share_links.iter().any(taken) {
            return conflict("add the share link");
        }
        self.share_links.push(link.clone());
        Ok(())
    }

    pub(super) fn withdraw_share_link(
        &mut self,
        id: &str,
        owner: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let is_meant = |link: &&mut ShareLink| link.id == id && link.owner == owner;
        let Some(link) = self.share_links.iter_mut().find(is_meant) else {
            return not_found("withdraw the share link");
        };
        link.withdrawn = link.withdrawn.or(Some(at));
        Ok(())
    }

    pub(super) fn note_opening(&mut self, id: &str, opening: &Opening) -> Result<(), StoreError> {
        let Some(link) = self.share_links.iter_mut().find(|link| link.id == id) else {
            return not_found("note who opened the share link");
        };
        if link.opened.iter().all(|earlier| earlier.by != opening.by) {
            link.opened.push(opening.clone());
        }
        Ok(())
    }

    pub(super) fn add_web_session(&mut self, session: &WebSession) -> Result<(), StoreError> {
        self.require_account(&session.account, "add the web session")?;
        if self.web_sessions.contains_key(&session.cookie) {
            return conflict("add the web session");
        }
        self.web_sessions.insert(session.cookie, session.clone());
        Ok(())
    }

    pub(super) fn end_web_session(&mut self, cookie: &TokenHash) {
        self.web_sessions.remove(cookie);
    }

    pub(super) fn end_web_sessions_of(&mut self, account: &str, except: Option<&TokenHash>) {
        self.web_sessions
            .retain(|cookie, session| session.account != account || Some(cookie) == except);
    }

    pub(super) fn sweep(&mut self, retention: &Retention, swept: &mut Swept) {
        let now = retention.now;
        let over: Vec<String> = self
            .accounts
            .values()
            .filter(|account| account.kind == AccountKind::Guest && !is_ahead(account, now))
            .map(|account| account.name.clone())
            .collect();
        swept.web_sessions = sweep_map(&mut self.web_sessions, |session| now < session.expires);
        swept.sign_in_links = sweep_map(&mut self.sign_in_links, |(link, _)| now < link.expires);
        let before = self.share_links.len();
        self.share_links
            .retain(|link| retention.facts_before <= link.expires);
        swept.share_links = count(before, self.share_links.len());
        swept.guests = count(over.len(), 0);
        for name in over {
            self.remove_account(&name);
        }
    }

    pub(super) fn account(&self, name: &str) -> Option<Account> {
        self.accounts.get(name).cloned()
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        self.accounts.values().cloned().collect()
    }

    pub(super) fn devices(&self, account: &str) -> Vec<Device> {
        let mut devices: Vec<Device> = self
            .devices
            .iter()
            .filter(|device| device.account == account)
            .cloned()
            .collect();
        devices.sort_by_key(|device| std::cmp::Reverse(device.created));
        devices
    }

    pub(super) fn share_link(&self, is_meant: impl Fn(&ShareLink) -> bool) -> Option<ShareLink> {
        self.share_links.iter().find(|link| is_meant(link)).cloned()
    }

    pub(super) fn share_links_of(&self, owner: &str) -> Vec<ShareLink> {
        let mut links: Vec<ShareLink> = self
            .share_links
            .iter()
            .filter(|link| link.owner == owner)
            .cloned()
            .collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.created));
        links
    }

    pub(super) fn web_session(&self, cookie: &TokenHash, now: Timestamp) -> Option<WebSession> {
        self.web_sessions
            .get(cookie)
            .filter(|session| now < session.expires)
            .cloned()
    }

    fn remove_account(&mut self, name: &str) {
        self.accounts.remove(name);
        self.devices.retain(|device| device.account != name);
        self.sign_in_links
            .retain(|_, (link, _)| link.account != name);
        self.share_links.retain(|link| link.owner != name);
        self.web_sessions
            .retain(|_, session| session.account != name);
    }

    fn require_account(&self, name: &str, tried: &str) -> Result<(), StoreError> {
        if self.accounts.contains_key(name) {
            return Ok(());
        }
        not_found(tried)
    }
}

fn is_ahead(account: &Account, now: Timestamp) -> bool {
    account.expires.is_none_or(|end| now < end)
}

fn sweep_map<V>(map: &mut BTreeMap<TokenHash, V>, stays: impl Fn(&V) -> bool) -> u64 {
    let before = map.len();
    map.retain(|_, value| stays(value));
    count(before, map.len())
}

pub(super) fn count(before: usize, after: usize) -> u64 {
    u64::try_from(before.saturating_sub(after)).unwrap_or(u64::MAX)
}
