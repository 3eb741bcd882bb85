//! Decides what a whole message does wrong that no single line shows: missing
//! and repeated headers, values that cannot be read, lengths that disagree.

use super::Message;
use super::defect::{Defect, Problem};
use super::name_addr::NameAddr;
use super::start::Start;
use super::via::Via;
use super::{MAX_BYTES, MAX_HEADERS, MAX_VIAS};

/// All defects of headers and limits, in no particular order.
pub(crate) fn inspect(message: &Message) -> Vec<Defect> {
    let mut defects = Vec::new();
    limits(message, &mut defects);
    presence(message, &mut defects);
    vias(message, &mut defects);
    sequence(message, &mut defects);
    max_forwards(message, &mut defects);
    date(message, &mut defects);
    addresses(message, &mut defects);
    defects
}

const NEEDED: [&str; 5] = ["Via", "From", "To", "Call-ID", "CSeq"];
const ONCE: [&str; 6] = [
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Max-Forwards",
    "Content-Length",
];
const ADDRESSES: [&str; 5] = ["From", "To", "Contact", "Route", "Record-Route"];

fn limits(message: &Message, defects: &mut Vec<Defect>) {
    let mut note = |at, problem| defects.push(Defect { at, problem });
    if message.bytes.len() > MAX_BYTES {
        note(MAX_BYTES, Problem::TooLarge);
    }
    if let Some(field) = message.fields.get(MAX_HEADERS) {
        note(field.line.start, Problem::TooManyHeaders);
    }
}

fn presence(message: &Message, defects: &mut Vec<Defect>) {
    let mut note = |at, problem| defects.push(Defect { at, problem });
    for name in NEEDED {
        if message.header(name).is_none_or(str::is_empty) {
            note(message.start.end, Problem::Missing(name));
        }
    }
    for name in ONCE {
        if let Some(second) = message.fields_named(name).nth(1) {
            note(second.line.start, Problem::Repeated(name));
        }
    }
}

fn vias(message: &Message, defects: &mut Vec<Defect>) {
    let at = message.place_of("Via");
    let values = message.values("Via");
    if values.len() > MAX_VIAS {
        defects.push(Defect {
            at,
            problem: Problem::TooManyVias,
        });
        return;
    }
    let errors = values.iter().filter_map(|value| Via::parse(value).err());
    defects.extend(errors.map(|error| Defect {
        at,
        problem: Problem::Via(error),
    }));
}

fn sequence(message: &Message, defects: &mut Vec<Defect>) {
    if message.header("CSeq").is_none() {
        return;
    }
    let at = message.place_of("CSeq");
    let problem = match (message.cseq(), message.start()) {
        (None, _) => Problem::CSeq,
        (Some((_, named)), Start::Request { method, .. }) if named != method => Problem::CSeqMethod,
        (Some(_), Start::Request { .. } | Start::Response { .. }) => return,
    };
    defects.push(Defect { at, problem });
}

fn max_forwards(message: &Message, defects: &mut Vec<Defect>) {
    if !message.is_request() {
        return;
    }
    let problem = match (message.header("Max-Forwards"), message.max_forwards()) {
        (None, _) => Problem::NoMaxForwards,
        (Some(_), None) => Problem::MaxForwards,
        (Some(_), Some(_)) => return,
    };
    let at = message.place_of("Max-Forwards");
    defects.push(Defect { at, problem });
}

fn date(message: &Message, defects: &mut Vec<Defect>) {
    if message
        .header("Date")
        .is_some_and(|date| !date.ends_with("GMT"))
    {
        defects.push(Defect {
            at: message.place_of("Date"),
            problem: Problem::Date,
        });
    }
}

fn addresses(message: &Message, defects: &mut Vec<Defect>) {
    for name in ADDRESSES {
        let at = message.place_of(name);
        let errors = message
            .values(name)
            .into_iter()
            .filter(|value| *value != "*" || name != "Contact")
            .filter_map(|value| NameAddr::parse(value).err());
        defects.extend(errors.map(|error| Defect {
            at,
            problem: Problem::Address(name, error),
        }));
    }
}
