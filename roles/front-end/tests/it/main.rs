//! The front end over HTTP, as a browser meets it: links, cookies, tickets,
//! guests and relay grants. The store is the one in memory, the relay answers
//! as the real one does to a grant.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing"
)]

mod browser;

use browser::{Answer, Browser};
use hopsight_kit::Token;
use hopsight_store::{Account, AccountKind, SignInLink, Store, TokenHash};
use serde_json::json;

#[tokio::test]
async fn a_sign_in_link_works_once_and_then_tells_what_to_do() {
    let browser = Browser::new(&["alice"]).await;
    browser.link_for("alice", "first-token").await;

    let first = browser
        .post("/api/v1/sign-in", &json!({"link": "first-token"}))
        .await;
    let second = browser
        .post("/api/v1/sign-in", &json!({"link": "first-token"}))
        .await;

    assert_eq!((first.status, &first.body["name"]), (200, &json!("alice")));
    assert_eq!(second.status, 410);
    assert_eq!(
        second.body,
        json!({"error": {
            "code": "link-over",
            "message": "This sign-in link was used already.",
            "remedy": "Sign in with your password, or ask your administrator for a new link.",
        }})
    );
}

#[tokio::test]
async fn a_body_of_another_form_is_answered_in_the_form_of_every_error() {
    let browser = Browser::new(&["alice"]).await;

    let unknown = json!({"name": "alice", "pasword": "x"});
    let told = browser.post("/api/v1/sign-in", &unknown).await;

    assert_eq!(told.status, 422);
    let error = &told.body["error"];
    assert_eq!(error["code"], "bad-request");
    assert_eq!(
        error["remedy"],
        "Send JSON as docs/http-api.md describes it."
    );
}

#[tokio::test]
async fn a_path_of_another_form_is_answered_in_the_form_of_every_error() {
    let browser = Browser::new(&["alice"]).await;
    browser.sign_in("alice").await;

    for path in ["/api/v1/sessions/%2e%2e", "/api/v1/sessions/%ff"] {
        let told = browser.get(path).await;

        assert_eq!(told.status, 400, "{path}");
        let error = &told.body["error"];
        assert_eq!(error["code"], "bad-request");
        assert_eq!(
            error["remedy"],
            "Write the path as docs/http-api.md describes it."
        );
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words() {
    let browser = Browser::new(&["alice"]).await;
    browser.sign_in("alice").await;
    let set = browser
        .post(
            "/api/v1/password",
            &json!({"password": "correct horse battery"}),
        )
        .await;
    assert_eq!(set.status, 200);

    let wrong = json!({"name": "alice", "password": "battery staple"});
    let nobody = json!({"name": "nobody", "password": "battery staple"});
    let right = json!({"name": "alice", "password": "correct horse battery"});

    let told = browser.post("/api/v1/sign-in", &wrong).await;
    assert_eq!(told.status, 403);
    assert_eq!(
        told.body,
        browser.post("/api/v1/sign-in", &nobody).await.body
    );
    assert_eq!(browser.post("/api/v1/sign-in", &right).await.status, 200);
}

#[tokio::test]
async fn nothing_is_told_to_a_stranger_and_nothing_done_for_a_foreign_page() {
    let browser = Browser::new(&["alice"]).await;

    for path in [
        "/api/v1/me",
        "/api/v1/people",
        "/api/v1/links",
        "/api/v1/sessions",
    ] {
        assert_eq!(browser.get(path).await.status, 401, "{path}");
    }
    browser.sign_in("alice").await;
    let foreign = browser
        .post_from("https://evil.example", "/api/v1/ticket", &json!({}))
        .await;

    assert_eq!(foreign.status, 403);
    assert_eq!(browser.post("/api/v1/ticket", &json!({})).await.status, 200);
}

#[tokio::test]
async fn a_share_link_makes_a_named_guest_who_sees_no_people() {
    let owner = Browser::new(&["alice"]).await;
    owner.sign_in("alice").await;
    let link = owner
        .post("/api/v1/links", &json!({"expires_in_s": 600}))
        .await;
    let guest = owner.another();

    let open = json!({"token": token_in(&link), "name": "Bob <b>"});
    let opened = guest.post("/api/v1/links/open", &open).await;

    assert_eq!(opened.status, 200);
    assert_eq!(opened.body["uri"], link.body["uri"]);
    assert_eq!(opened.body["me"]["display_name"], "Bob b");
    assert_eq!(opened.body["me"]["kind"], "guest");
    assert_eq!(guest.get("/api/v1/people").await.status, 403);
    let listed = owner.get("/api/v1/links").await;
    assert_eq!(listed.body[0]["opened"], json!(["Bob b"]));
}

#[tokio::test]
async fn a_withdrawn_share_link_opens_nothing() {
    let owner = Browser::new(&["alice"]).await;
    owner.sign_in("alice").await;
    let link = owner.post("/api/v1/links", &json!({})).await;
    let id = link.body["id"].as_str().unwrap();

    assert_eq!(
        owner.delete(&format!("/api/v1/links/{id}")).await.status,
        200
    );
    let open = json!({"token": token_in(&link)});
    let opened = owner.another().post("/api/v1/links/open", &open).await;

    assert_eq!(
        (opened.status, &opened.body["error"]["code"]),
        (410, &json!("link-over"))
    );
}

#[tokio::test]
async fn only_the_parties_of_a_session_get_a_relay_grant() {
    let alice = Browser::new(&["alice", "bob", "mallory"]).await;
    alice.sign_in("alice").await;
    let invite = json!({"with": "sip:bob@hopsight.test", "role": "sharer"});
    let made = alice.post("/api/v1/sessions", &invite).await;
    let path = format!(
        "/api/v1/sessions/{}/relay",
        made.body["id"].as_str().unwrap()
    );
    let (bob, mallory) = (alice.another(), alice.another());
    bob.sign_in("bob").await;
    mallory.sign_in("mallory").await;

    let granted = bob.post(&path, &json!({})).await;

    assert_eq!(granted.status, 200);
    assert_eq!(
        granted.body["urls"],
        json!([
            "turn:192.0.2.9:3478?transport=udp",
            "turn:192.0.2.9:443?transport=tcp",
            "turns:desk.test:443?transport=tcp",
        ])
    );
    assert_eq!(alice.post(&path, &json!({})).await.status, 200);
    assert_eq!(mallory.post(&path, &json!({})).await.status, 404);
}

#[tokio::test]
async fn somebody_of_another_domain_is_refused_and_somebody_unknown_is_not_found() {
    let alice = Browser::new(&["alice"]).await;
    alice.sign_in("alice").await;
    let answer = async |with: &str| {
        let invite = json!({"with": with, "role": "sharer"});
        let answer = alice.post("/api/v1/sessions", &invite).await;
        (answer.status, answer.body["error"]["code"].clone())
    };

    assert_eq!(
        answer("sip:anna@partner.example").await,
        (403, json!("not-permitted"))
    );
    assert_eq!(
        answer("sip:anna@hopsight.test").await,
        (404, json!("not-found"))
    );
    assert_eq!(answer("anna").await, (404, json!("not-found")));
}

#[tokio::test]
async fn a_deployment_without_a_relay_offers_none_and_says_so() {
    let alice = Browser::without_relay(&["alice", "bob"]).await;
    alice.sign_in("alice").await;
    let invite = json!({"with": "sip:bob@hopsight.test", "role": "sharer"});
    let made = alice.post("/api/v1/sessions", &invite).await;
    let id = made.body["id"].as_str().unwrap();

    let granted = alice
        .post(&format!("/api/v1/sessions/{id}/relay"), &json!({}))
        .await;

    assert_eq!((granted.status, &granted.body["urls"]), (200, &json!([])));
    assert_eq!(alice.get("/api/v1/about").await.body["relay"], false);
    assert_eq!(alice.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn what_the_server_knows_of_itself_and_of_networks_is_for_administrators() {
    let browser = Browser::new(&["alice"]).await;
    browser.sign_in("alice").await;
    for path in ["/api/v1/health", "/api/v1/networks"] {
        assert_eq!(browser.get(path).await.status, 403, "{path}");
    }

    browser.appoint("alice").await;

    let health = browser.get("/api/v1/health").await;
    assert_eq!(health.body, json!({"checked_at": null, "tests": []}));
    let networks = browser.get("/api/v1/networks").await;
    assert_eq!(networks.body, json!({"pairs": []}));
}

fn token_in(link: &Answer) -> String {
    let url = link.body["url"].as_str().unwrap();
    let (_, rest) = url.split_once("/s/").unwrap();
    rest.split('#').next().unwrap().to_owned()
}

pub(crate) fn person(name: &str) -> Account {
    Account {
        name: name.to_owned(),
        display_name: name.to_uppercase(),
        kind: AccountKind::Person,
        administrator: false,
        enabled: true,
        password: None,
        created: hopsight_kit::Timestamp::default(),
        expires: None,
    }
}

pub(crate) async fn add_link(store: &dyn Store, name: &str, token: &str) {
    let link = SignInLink {
        token: TokenHash::of(&Token::presented(token)),
        account: name.to_owned(),
        expires: hopsight_kit::Timestamp::from_unix_seconds(4_000_000_000),
    };
    store.add_sign_in_link(&link).await.unwrap();
}
