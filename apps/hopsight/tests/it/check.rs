//! `hopsight check` against a server of this machine, and against none.

use crate::program::{Run, configuration, folder, free_port, hopsight, run, serve_told};
use serde_json::{Value, json};
use std::process::Child;

/// A server with one account.
struct Place {
    server: Child,
    url: String,
    authority: String,
    secret: String,
    config: String,
}

#[test]
fn everything_that_works_is_told_step_by_step_and_kept_as_a_check() {
    let place = Place::open("check-well");

    let checked = place.check(&place.url, &place.secret, &[]);
    let listed = run(&["sessions", "--json", "--config", &place.config]);

    assert_eq!(checked.code, 0, "{}", checked.err);
    let steps = ["name", "sign-in", "relay-udp", "relay-tcp", "relay-tls"];
    assert_eq!(told(&checked), steps.map(|step| (json!(step), json!(true))));
    let mapped: Vec<bool> = checked
        .events()
        .iter()
        .map(|event| event["mapped"].is_string())
        .collect();
    assert_eq!(mapped, [false, false, true, true, true]);
    let outcomes: Vec<Value> = listed
        .events()
        .iter()
        .map(|session| session["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["check"]);
}

#[test]
fn a_wrong_secret_is_refused_at_the_sign_in_and_nothing_else_is_tried() {
    let place = Place::open("check-secret");

    let checked = place.check(&place.url, "wrong", &[]);

    assert_eq!(checked.code, 1, "{}", checked.err);
    let expected = [
        (json!("name"), json!(true)),
        (json!("sign-in"), json!(false)),
    ];
    assert_eq!(told(&checked), expected);
    assert!(
        checked.out.contains("secret is not valid"),
        "{}",
        checked.out
    );
}

#[test]
fn a_server_of_another_authority_is_reached_and_not_believed() {
    let place = Place::open("check-authority");
    let other = format!("sha256:{}", "ab".repeat(32));

    let checked = place.check(&place.url, &place.secret, &["--ca", &other]);

    assert_eq!(checked.code, 1, "{}", checked.err);
    let expected = [
        (json!("name"), json!(true)),
        (json!("sign-in"), json!(false)),
    ];
    assert_eq!(told(&checked), expected);
    assert!(checked.out.contains("is not trusted"), "{}", checked.out);
}

#[test]
fn where_nobody_listens_the_port_is_named_and_the_exit_code_is_3() {
    let place = Place::open("check-port");
    let port = free_port();

    let url = format!("https://127.0.0.1:{port}");
    let checked = place.check(&url, &place.secret, &[]);

    assert_eq!(checked.code, 3, "{}", checked.err);
    let expected = [
        (json!("name"), json!(true)),
        (json!("sign-in"), json!(false)),
    ];
    assert_eq!(told(&checked), expected);
    let says = checked.events()[1]["says"].clone();
    assert_eq!(says, json!(format!("127.0.0.1:{port} refuses connections")));
}

#[test]
fn a_name_that_nobody_knows_is_the_first_step_that_fails() {
    let place = Place::open("check-name");

    let checked = place.check("https://no-such-name.invalid", &place.secret, &[]);

    assert_eq!(checked.code, 3, "{}", checked.err);
    assert_eq!(told(&checked), [(json!("name"), json!(false))]);
}

/// Steps and whether they work.
fn told(run: &Run) -> Vec<(Value, Value)> {
    let events = run.events().into_iter();
    let steps = events.filter(|event| event["event"] == "check");
    steps
        .map(|event| (event["step"].clone(), event["ok"].clone()))
        .collect()
}

impl Place {
    fn open(name: &str) -> Self {
        let config = configuration(&folder(name));
        let (server, ready) = serve_told(&config);
        let added = run(&[
            "user", "add", "desk1", "--device", "--json", "--config", &config,
        ]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            server,
            url: text(&ready["fields"]["url"]),
            authority: text(&ready["fields"]["ca"]),
            secret: text(&added.events()[0]["secret"]),
            config,
        }
    }

    fn check(&self, url: &str, secret: &str, more: &[&str]) -> Run {
        let trust = ["--ca", self.authority.as_str()];
        let trust = if more.is_empty() { &trust[..] } else { more };
        let mut command = hopsight();
        command.env("HOPSIGHT_SECRET", secret);
        command.args(["check", "--as", "desk1", "--server", url, "--json"]);
        Run::of(&command.args(trust).output().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}
