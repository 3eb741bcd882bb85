//! What is promised to whoever watches whether somebody can be reached.

use super::*;

#[test]
fn a_watcher_is_told_at_once_and_whenever_it_changes() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    let actions = bench.watch(&subscribe(1).finish(), Some("bob"));
    assert_eq!(lines(&actions), ["1 200", "1 NOTIFY"]);
    let told = sent(&actions).pop().unwrap().1;
    assert_eq!(
        told.header("Subscription-State"),
        Some("active;expires=3600")
    );
    assert_eq!(told.header("CSeq"), Some("1 NOTIFY"));
    assert_eq!(told.request_uri(), Some("sip:a@x.invalid"));
    assert_eq!(basic(&told), "closed");

    let online = bench.sign_in(2, "bob");
    assert_eq!(basic(&on(&online, 1)), "open");
    let offline = bench.feed(Input::FlowClosed { flow: FlowId(2) });
    assert_eq!(basic(&on(&offline, 1)), "closed");
}

#[test]
fn a_subscription_is_renewed_in_its_dialog_and_ends_when_it_is_not() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let first = bench.receive(1, &subscribe(1).finish());
    bench.agree(&first);
    let tag = on(&first, 1).to().unwrap().tag().unwrap().to_owned();
    bench.wait(Duration::from_secs(200));

    let renewed = bench.receive(1, &again(2, &tag).finish());
    assert_eq!(lines(&renewed), ["1 200", "1 NOTIFY"]);
    bench.agree(&renewed);
    let unknown = bench.receive(1, &again(3, "other").finish());
    assert_eq!(lines(&unknown), ["1 481"]);
    let gone = bench.wait(Duration::from_secs(100));
    assert_eq!(lines(&gone), ["1 NOTIFY"], "bob did not renew");
    bench.agree(&gone);
    let over = bench.wait(Duration::from_secs(3500));
    let last = on(&over, 1);
    let state = last.header("Subscription-State");
    assert_eq!(state, Some("terminated;reason=timeout"));
    assert_eq!(lines(&bench.sign_in(2, "bob")), ["2 200"]);
}

#[test]
fn whoever_refuses_what_it_is_told_watches_no_more() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let actions = bench.receive(1, &subscribe(1).finish());
    let told = sent(&actions).pop().unwrap().1;
    bench.receive(1, &answer(&told, 481, "a"));

    let offline = bench.feed(Input::FlowClosed { flow: FlowId(2) });
    assert_eq!(lines(&offline), Vec::<String>::new());
}

#[test]
fn a_subscription_of_no_time_is_one_question() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let once = subscribe(1).header("Expires", "0").finish();
    let told = sent(&bench.receive(1, &once)).pop().unwrap().1;

    let state = told.header("Subscription-State");
    assert_eq!(state, Some("terminated;reason=timeout"));
    assert_eq!(basic(&told), "open");
    let offline = bench.feed(Input::FlowClosed { flow: FlowId(2) });
    assert_eq!(lines(&offline), Vec::<String>::new());
}

#[test]
fn only_people_watch_and_only_people_and_only_their_presence() {
    let mut bench = Bench::new();
    bench.sign_in(1, "alice");
    bench.sign_in(2, "bob");
    let other = subscribe(1).finish().bytes().to_vec();
    let other = String::from_utf8(other)
        .unwrap()
        .replace("presence", "dialog");
    let refused = bench.receive(1, &Message::read(other.as_bytes()).unwrap());
    assert_eq!(lines(&refused), ["1 489"]);
    assert_eq!(on(&refused, 1).header("Allow-Events"), Some("presence"));

    bench.open(3, "guest.1");
    let guest = format!("sip:guest.1@{DOMAIN}");
    let asks = request(&Method::Subscribe, &guest, &bob(), &bob(), 1)
        .header("Event", "presence")
        .header("Contact", "<sip:g@x.invalid>")
        .finish();
    assert_eq!(lines(&bench.receive(3, &asks)), ["3 403"]);
    bench.feed(Input::FlowClosed { flow: FlowId(2) });
    assert_eq!(lines(&bench.watch(&subscribe(4).finish(), None)), ["1 404"]);
}

fn subscribe(sequence: u32) -> Builder {
    request(&Method::Subscribe, &alice(), &bob(), &bob(), sequence)
        .header("Event", "presence")
        .header("Contact", "<sip:a@x.invalid>")
}

fn again(sequence: u32, tag: &str) -> Builder {
    subscribe(sequence).to_tag(tag)
}

fn basic(told: &Message) -> String {
    let body = String::from_utf8(told.body().to_vec()).unwrap();
    let rest = body.split_once("<basic>").unwrap().1;
    rest.split_once("</basic>").unwrap().0.to_owned()
}

impl Bench {
    /// Answers every NOTIFY on the watcher's flow.
    fn agree(&mut self, actions: &[Action]) {
        for (_, told) in sent(actions) {
            if told.method() == Some(&Method::Notify) {
                self.receive(1, &answer(&told, 200, "a"));
            }
        }
    }

    /// Sends a SUBSCRIBE and answers the question whether there is an account.
    fn watch(&mut self, subscribe: &Message, name: Option<&str>) -> Vec<Action> {
        let actions = self.receive(1, subscribe);
        self.find(&actions, name.map(|name| account(name, &[])))
    }
}
