//! Decides what a NOTIFY of the server says (RFC 6665, section 4.2.2): how somebody can
//! be reached now, as a PIDF document (RFC 3863).

use super::presence::{WatchKey, Watcher};
use super::{Round, Server};
use crate::message::{Builder, Method};

impl Server {
    /// Tells one watcher how things are; with a reason for the last time.
    pub(super) fn notify(&mut self, key: &WatchKey, ends: Option<&str>, round: &mut Round<'_>) {
        let Some(sequence) = self.watchers.take_sequence(key) else {
            return;
        };
        let Some(watcher) = self.watchers.get(key).cloned() else {
            return;
        };
        let Some(flow) = self.flow_back_to(watcher.peer) else {
            return round.count("sip.flow-gone");
        };
        let branch = format!("z9hG4bK{}", round.digits(20));
        let Some(via) = self.via(flow, &branch) else {
            return;
        };
        let state = ends.map_or_else(
            || {
                format!(
                    "active;expires={}",
                    watcher.expires.since(round.now).as_secs()
                )
            },
            |reason| format!("terminated;reason={reason}"),
        );
        let is_open = self.registrar.is_online(&watcher.watched);
        let request = in_dialog(key, &watcher, sequence)
            .header("Via", via.to_string())
            .header("Subscription-State", state)
            .body(PIDF, document(&watcher.watched, is_open))
            .finish();
        let reliability = self.reliability(flow);
        let asked = self
            .transactions
            .ask(&request, watcher.peer, reliability, round.now);
        if let Some(asked) = asked {
            self.watchers.notified(asked, key.clone());
        }
    }
}

fn in_dialog(key: &WatchKey, watcher: &Watcher, sequence: u32) -> Builder {
    let watched = &watcher.watched;
    let request = Builder::request(&Method::Notify, &watcher.contact);
    let routes = watcher.route.iter();
    routes
        .fold(request, |request, route| request.header("Route", route))
        .header("Max-Forwards", "70")
        .header("From", format!("<{watched}>;tag={}", key.local_tag))
        .header("To", &watcher.remote)
        .header("Call-ID", &key.call_id)
        .header("CSeq", format!("{sequence} NOTIFY"))
        .header("Contact", format!("<{watched}>"))
        .header("Event", "presence")
}

/// The media type of what is told.
pub(super) const PIDF: &str = "application/pidf+xml";

fn document(watched: &str, is_open: bool) -> String {
    let entity: String = watched.chars().map(escaped).collect();
    let basic = if is_open { "open" } else { "closed" };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"{entity}\">\
         <tuple id=\"endpoints\"><status><basic>{basic}</basic></status></tuple></presence>\r\n"
    )
}

fn escaped(character: char) -> String {
    match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        other => other.to_string(),
    }
}
