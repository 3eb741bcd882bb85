//! Two layers over a network that loses, doubles and delays: whatever is lost,
//! a request is told at most once, its answer or its end is told, and both
//! tables are empty in the end.

use hopsight_kit::{Moment, Random, SeededRandom};
use hopsight_sip::transaction::{Event, Layer, Reliability, Settings};
use hopsight_sip::{Builder, Message, Method};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn no_loss_leaves_a_transaction_behind_or_tells_a_thing_twice() {
    for (method, status) in [
        (Method::Invite, 486),
        (Method::Message, 200),
        (Method::Message, 486),
    ] {
        for seed in 0..200 {
            let story = Network::new(seed).play(&method, status);
            let context = format!("{method} {status} seed {seed}: {story:?}");

            assert!(story.requests <= 1, "{context}");
            assert_eq!(story.finals + story.timeouts, 1, "{context}");
            assert_eq!(story.left, (0, 0), "{context}");
        }
    }
}

/// RFC 6026: the user sees every copy of a 2xx, because each wants its ACK.
#[test]
fn an_accepted_invite_is_told_at_least_once_or_times_out() {
    for seed in 0..200 {
        let story = Network::new(seed).play(&Method::Invite, 200);

        assert!(story.requests <= 1, "seed {seed}: {story:?}");
        assert_ne!(
            story.finals > 0,
            story.timeouts > 0,
            "seed {seed}: {story:?}"
        );
        assert_eq!(story.left, (0, 0), "seed {seed}: {story:?}");
    }
}

#[test]
fn without_loss_every_request_is_answered() {
    let mut network = Network::new(0);
    network.loses_one_in = u64::MAX;
    let story = network.play(&Method::Invite, 486);

    assert_eq!((story.requests, story.finals, story.timeouts), (1, 1, 0));
}

#[derive(Debug, Default)]
struct Story {
    requests: usize,
    finals: usize,
    timeouts: usize,
    left: (usize, usize),
}

/// Messages on their way: arrival, number, receiver, bytes.
struct Network {
    random: SeededRandom,
    loses_one_in: u64,
    underway: BTreeSet<(Moment, usize, usize, Vec<u8>)>,
    sent: usize,
    layers: [Layer<u8>; 2],
}

impl Network {
    fn new(seed: u64) -> Self {
        Self {
            random: SeededRandom::new(seed),
            loses_one_in: 2,
            underway: BTreeSet::new(),
            sent: 0,
            layers: [(); 2].map(|()| Layer::new(Settings::default())),
        }
    }

    fn play(mut self, method: &Method, status: u16) -> Story {
        let mut story = Story::default();
        let mut now = Moment::START;
        let unreliable = Reliability::Unreliable;
        let (_, events) = self.layers[0]
            .request(0, unreliable, request(method), now)
            .unwrap();
        self.carry_out(0, events, status, &mut story, now);
        while let Some(next) = self.next() {
            now = next;
            for side in [0, 1] {
                let events = self.layers[side].wake(now);
                self.carry_out(side, events, status, &mut story, now);
            }
            while let Some((_, _, side, bytes)) = self.arrived(now) {
                let message = Message::read(&bytes).unwrap();
                let events = self.layers[side].receive(0, unreliable, message, now);
                self.carry_out(side, events, status, &mut story, now);
            }
        }
        let (client, server) = (self.layers[0].population(), self.layers[1].population());
        story.left = (client.0 + client.1, server.0 + server.1);
        story
    }

    fn next(&self) -> Option<Moment> {
        let arrival = self.underway.first().map(|(at, ..)| *at);
        let wakes = self.layers.iter().filter_map(Layer::next_wake);
        wakes.chain(arrival).min()
    }

    fn arrived(&mut self, now: Moment) -> Option<(Moment, usize, usize, Vec<u8>)> {
        let is_due = self.underway.first().is_some_and(|(at, ..)| *at <= now);
        is_due.then(|| self.underway.pop_first()).flatten()
    }

    fn carry_out(
        &mut self,
        side: usize,
        events: Vec<Event<u8>>,
        status: u16,
        story: &mut Story,
        now: Moment,
    ) {
        for event in events {
            match event {
                Event::Send { bytes, .. } => self.send(1 - side, &bytes, now),
                Event::Request { key, message, .. } => {
                    story.requests += 1;
                    let response = Builder::response_to(&message, status, "")
                        .to_tag("9")
                        .finish();
                    let events =
                        self.layers[side].respond(&key, status, response.into_bytes(), now);
                    self.carry_out(side, events, status, story, now);
                }
                Event::Response { message, .. } => {
                    story.finals += usize::from(message.status() >= Some(200));
                }
                Event::TimedOut(_) | Event::FlowLost(_) => story.timeouts += 1,
                Event::Ack { .. }
                | Event::Stray { .. }
                | Event::Unacknowledged(_)
                | Event::ClientEnded(_)
                | Event::ServerEnded(_) => {}
            }
        }
    }

    /// Loses some, sends some twice, and delays each copy by up to 300 ms.
    fn send(&mut self, to: usize, bytes: &[u8], now: Moment) {
        if self.random.below(self.loses_one_in) == 1 {
            return;
        }
        for _ in 0..=self.random.below(2) {
            let delay = Duration::from_millis(self.random.below(300));
            self.sent += 1;
            self.underway
                .insert((now + delay, self.sent, to, bytes.to_vec()));
        }
    }
}

fn request(method: &Method) -> Message {
    let text = format!(
        "{method} sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
         Max-Forwards: 9\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: x\r\n\
         CSeq: 3 {method}\r\n\r\n"
    );
    Message::read(text.as_bytes()).unwrap()
}
