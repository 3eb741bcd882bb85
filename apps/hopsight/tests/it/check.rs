//! `hopsight check` against a server of this machine, and against none.

use crate::program::{Run, configuration, folder, free_port, hopsight, run, serve_told};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

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
    assert_eq!(verdicts(&checked), ["signin-refused"]);
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
    assert_eq!(verdicts(&checked), ["tls-intercepted"]);
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
    assert_eq!(verdicts(&checked), ["server-not-listening"]);
    let says = checked.events()[1]["says"].clone();
    assert_eq!(says, json!(format!("127.0.0.1:{port} refuses connections")));
}

#[test]
fn a_name_that_nobody_knows_is_the_first_step_that_fails() {
    let place = Place::open("check-name");

    let checked = place.check("https://no-such-name.invalid", &place.secret, &[]);

    assert_eq!(checked.code, 3, "{}", checked.err);
    assert_eq!(told(&checked), [(json!("name"), json!(false))]);
    assert_eq!(verdicts(&checked), ["name-resolution"]);
}

#[test]
fn the_path_to_somebody_who_waits_is_looked_at_without_asking_or_disturbing() {
    let place = Place::open("check-path");
    let waits = Waiting::of(&place);

    let checked = place.check_whom(&["desk2"]);
    let again = place.check_whom(&["desk2"]);
    let told_there = waits.stop();

    for run in [&checked, &again] {
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let path = run.events().pop().unwrap();
        assert_eq!(
            (&path["step"], &path["ok"], &path["says"]),
            (&json!("path"), &json!(true), &json!("direct over udp"))
        );
    }
    let events: Vec<Value> = told_there.iter().map(|one| one["event"].clone()).collect();
    assert_eq!(events, ["registered", "ended"]);
}

#[test]
fn the_path_to_somebody_who_is_not_signed_in_has_a_verdict() {
    let place = Place::open("check-absent");
    place.account("desk2");

    let absent = place.check_whom(&["desk2"]);
    let unknown = place.check_whom(&["nobody"]);

    for run in [&absent, &unknown] {
        assert_eq!(run.code, 1, "{}{}", run.out, run.err);
        assert_eq!(told(run).pop(), Some((json!("path"), json!(false))));
        assert_eq!(verdicts(run), ["peer-not-registered"], "{}", run.out);
    }
}

/// Steps and whether they work.
fn told(run: &Run) -> Vec<(Value, Value)> {
    let events = run.events().into_iter();
    let steps = events.filter(|event| event["event"] == "check");
    steps
        .map(|event| (event["step"].clone(), event["ok"].clone()))
        .collect()
}

/// The codes of the verdicts that were told.
fn verdicts(run: &Run) -> Vec<Value> {
    let events = run.events().into_iter();
    let verdicts = events.filter(|event| event["event"] == "verdict");
    verdicts.map(|event| event["code"].clone()).collect()
}

/// A view of desk2 that waits for whoever shares.
struct Waiting {
    view: Child,
    lines: Lines<BufReader<ChildStdout>>,
    first: Value,
}

impl Waiting {
    fn of(place: &Place) -> Self {
        let secret = place.account("desk2");
        let mut view = hopsight();
        view.env("HOPSIGHT_SECRET", secret);
        view.args(["view", "--as", "desk2", "--accept", "--headless", "--json"]);
        view.args(["--server", &place.url, "--ca", &place.authority]);
        let mut view = view.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(view.stdout.take().unwrap()).lines();
        let first = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        Self { view, lines, first }
    }

    /// Everything that it told.
    fn stop(mut self) -> Vec<Value> {
        let id = self.view.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        let rest = self.lines.map_while(Result::ok);
        let rest = rest.map(|line| serde_json::from_str(&line).unwrap());
        let told = [self.first].into_iter().chain(rest).collect();
        self.view.wait().unwrap();
        told
    }
}

impl Place {
    fn open(name: &str) -> Self {
        let config = configuration(&folder(name));
        let (server, ready) = serve_told(&config);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            server,
            url: text(&ready["fields"]["url"]),
            authority: text(&ready["fields"]["ca"]),
            secret: account(&config, "desk1"),
            config,
        }
    }

    /// Adds somebody and gives the secret of their device.
    fn account(&self, name: &str) -> String {
        account(&self.config, name)
    }

    /// Checks with the right secret and what else is said.
    fn check_whom(&self, more: &[&str]) -> Run {
        let trust = ["--ca", self.authority.as_str()];
        self.check(&self.url, &self.secret, &[&trust, more].concat())
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

fn account(config: &str, name: &str) -> String {
    let added = run(&[
        "user", "add", name, "--device", "--json", "--config", config,
    ]);
    let secret = added.events()[0]["secret"].as_str().map(str::to_owned);
    secret.unwrap()
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}
