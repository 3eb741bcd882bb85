//! Stories about sign-in links and share links.

use super::people::{at, person, share_link};
use crate::{Opening, ShareLink, SignInLink, SignInLinkUse, Store, StoreErrorKind, TokenHash};
use hopsight_kit::Token;
use std::sync::Arc;

/// The second use is told apart from an unknown link.
pub async fn a_sign_in_link_signs_in_once(store: Arc<dyn Store>) {
    let link = sign_in_link(&store).await;

    let first = store.use_sign_in_link(&link.token, at(5)).await.unwrap();
    let second = store.use_sign_in_link(&link.token, at(6)).await.unwrap();
    let unknown = TokenHash::of(&Token::presented("another"));
    let third = store.use_sign_in_link(&unknown, at(6)).await.unwrap();

    let account = "alice".to_owned();
    assert_eq!(first, SignInLinkUse::Accepted { account });
    assert_eq!(second, SignInLinkUse::AlreadyUsed { at: at(5) });
    assert_eq!(third, SignInLinkUse::Unknown);
}

/// Calls that run side by side cannot both succeed.
pub async fn of_many_at_once_one_uses_the_sign_in_link(store: Arc<dyn Store>) {
    let link = sign_in_link(&store).await;
    let token = &link.token;
    let mut uses: Vec<_> = (0..16)
        .map(|_| Box::pin(store.use_sign_in_link(token, at(5))))
        .collect();

    let mut outcomes = Vec::new();
    std::future::poll_fn(|context| {
        uses.retain_mut(|attempt| match attempt.as_mut().poll(context) {
            std::task::Poll::Ready(outcome) => {
                outcomes.push(outcome.unwrap());
                false
            }
            std::task::Poll::Pending => true,
        });
        if uses.is_empty() {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;

    let is_accepted = |outcome: &&SignInLinkUse| matches!(outcome, SignInLinkUse::Accepted { .. });
    assert_eq!(outcomes.iter().filter(is_accepted).count(), 1);
    assert_eq!(outcomes.len(), 16);
}

/// A link that came too late is not used up by trying.
pub async fn a_late_sign_in_link_says_so(store: Arc<dyn Store>) {
    let link = sign_in_link(&store).await;

    let late = store.use_sign_in_link(&link.token, at(10)).await.unwrap();
    let in_time = store.use_sign_in_link(&link.token, at(9)).await.unwrap();

    assert_eq!(late, SignInLinkUse::Expired { at: at(10) });
    let account = "alice".to_owned();
    assert_eq!(in_time, SignInLinkUse::Accepted { account });
    let orphan = SignInLink {
        token: TokenHash::of(&Token::presented("another")),
        account: "nobody".into(),
        ..link
    };
    let error = store.add_sign_in_link(&orphan).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::NotFound);
}

/// Both ways lead to the same link.
pub async fn a_share_link_is_found_by_its_token_and_its_id(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let (old, mut new) = (share_link("1", "alice"), share_link("2", "alice"));
    new.created = at(2);
    store.add_share_link(&old).await.unwrap();
    store.add_share_link(&new).await.unwrap();

    let by_token = store.share_link_by_token(&old.token).await.unwrap();
    assert_eq!(by_token, Some(old.clone()));
    assert_eq!(store.share_link("2").await.unwrap(), Some(new.clone()));
    assert_eq!(store.share_link("3").await.unwrap(), None);
    let links = store.share_links_of("alice").await.unwrap();
    assert_eq!(links, [new, old.clone()]);
    let error = store.add_share_link(&old).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict);
    let error = store.add_share_link(&share_link("4", "nobody")).await;
    assert_eq!(error.unwrap_err().kind, StoreErrorKind::NotFound);
}

/// Withdrawing is for the owner, and its first time stays.
pub async fn only_the_owner_withdraws_a_share_link(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    let link = share_link("1", "alice");
    store.add_share_link(&link).await.unwrap();

    let error = store.withdraw_share_link("1", "bob", at(4)).await;
    assert_eq!(error.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(store.share_link("1").await.unwrap(), Some(link.clone()));

    let owner = "alice";
    store.withdraw_share_link("1", owner, at(5)).await.unwrap();
    store.withdraw_share_link("1", owner, at(6)).await.unwrap();
    let withdrawn = ShareLink {
        withdrawn: Some(at(5)),
        ..link
    };
    assert_eq!(store.share_link("1").await.unwrap(), Some(withdrawn));
}

/// A reload of the page is not a second opening.
pub async fn an_opening_is_noted_once_for_each_account(store: Arc<dyn Store>) {
    store.add_account(&person("alice")).await.unwrap();
    store
        .add_share_link(&share_link("1", "alice"))
        .await
        .unwrap();
    let opening = |by: &str, seconds| Opening {
        by: by.into(),
        display_name: format!("The {by}"),
        at: at(seconds),
    };
    for opening in [opening("bob", 3), opening("bob", 4), opening("carol", 5)] {
        store.note_opening("1", &opening).await.unwrap();
    }

    let link = store.share_link("1").await.unwrap().unwrap();
    assert_eq!(link.opened, [opening("bob", 3), opening("carol", 5)]);
    let error = store.note_opening("2", &opening("bob", 3)).await;
    assert_eq!(error.unwrap_err().kind, StoreErrorKind::NotFound);
}

async fn sign_in_link(store: &Arc<dyn Store>) -> SignInLink {
    store.add_account(&person("alice")).await.unwrap();
    let link = SignInLink {
        token: TokenHash::of(&Token::presented("once")),
        account: "alice".into(),
        expires: at(10),
    };
    store.add_sign_in_link(&link).await.unwrap();
    link
}
