//! Decides what a client's own summary of a path says: `ms-client-diagnostics`
//! with `CallerMediaDebug` or `CalleeMediaDebug` (Lync 2010 and 2013), or the
//! same keys as parameters of their own (Skype for Business).
//!
//! `Local…` and `Remote…` are relative to whoever measured. A client puts its
//! own summary into what it sends, so what the log's owner received was
//! measured by the other party. A key that is missing is evidence; a key that
//! was emptied is unknown.

use crate::message::{Direction, Header};
use hopsight_evidence::{CallParty, Observation};

/// One decoded summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaDebug {
    /// Line of its header in the trace.
    pub line: usize,
    /// The words of the client, when it gave any.
    pub reason: Option<String>,
    /// What it says as an observation.
    pub observation: Observation,
    /// Keys that no source explains, as written.
    pub unexplained: Vec<String>,
}

/// The summaries in one header field; it may carry several.
pub(crate) fn read(header: &Header, direction: Direction) -> Vec<MediaDebug> {
    split(&header.value, ',')
        .into_iter()
        .filter_map(|value| one(header.line, value, direction))
        .collect()
}

fn one(line: usize, value: &str, direction: Direction) -> Option<MediaDebug> {
    let mut parts = split(value, ';').into_iter();
    let diagnostic_id = parts.next()?.trim().parse().ok()?;
    let parameters: Vec<(&str, &str)> = parts.filter_map(parameter).collect();
    let find = |wanted: &str| {
        let found = parameters
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| *value)
    };
    let caller = find("CallerMediaDebug").map(|text| (CallParty::Caller, text));
    let callee = find("CalleeMediaDebug").map(|text| (CallParty::Callee, text));
    let (measured_by, modality, keys) = match caller.or(callee) {
        Some((party, text)) => {
            let (modality, keys) = text.split_once(':')?;
            (party, modality, keys.split(',').filter_map(key).collect())
        }
        None => (
            party(find("UserType")?)?,
            find("MediaType").unwrap_or_default(),
            parameters.clone(),
        ),
    };
    let is_form_a = caller.or(callee).is_some();
    Some(MediaDebug {
        line,
        reason: find("reason").map(str::to_owned),
        observation: Observation::LegacyMediaDebug {
            diagnostic_id,
            modality: modality.to_owned(),
            ice_warn: mask(value_of(&keys, "ICEWarn")?)?,
            local_location: location(&keys, "LocalLocation"),
            remote_location: location(&keys, "RemoteLocation"),
            measured_by,
            measured_by_peer: direction == Direction::Received,
            keys_absent: absent(&keys),
            keys_unknown: emptied(&keys),
        },
        unexplained: if is_form_a {
            unexplained(&keys)
        } else {
            Vec::new()
        },
    })
}

fn value_of<'a>(keys: &[(&str, &'a str)], wanted: &str) -> Option<&'a str> {
    keys.iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| *value)
}

fn location(keys: &[(&str, &str)], name: &str) -> Option<u8> {
    value_of(keys, name)?.parse().ok()
}

/// The keys of the two sites and relays that are not there at all.
fn absent(keys: &[(&str, &str)]) -> Vec<String> {
    PLACES
        .iter()
        .filter(|name| value_of(keys, name).is_none())
        .map(|name| (*name).to_owned())
        .collect()
}

fn emptied(keys: &[(&str, &str)]) -> Vec<String> {
    PLACES
        .iter()
        .filter(|name| value_of(keys, name).is_some_and(is_emptied))
        .map(|name| (*name).to_owned())
        .collect()
}

/// Empty, or replaced by letters that stand for nothing.
fn is_emptied(value: &str) -> bool {
    value
        .chars()
        .all(|one| matches!(one, 'x' | 'X' | '*' | ' '))
}

fn unexplained(keys: &[(&str, &str)]) -> Vec<String> {
    keys.iter()
        .filter(|(name, _)| !EXPLAINED.contains(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

fn party(text: &str) -> Option<CallParty> {
    match text {
        "Caller" => Some(CallParty::Caller),
        "Callee" => Some(CallParty::Callee),
        _ => None,
    }
}

fn mask(text: &str) -> Option<u32> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    u32::from_str_radix(digits, 16).ok()
}

fn key(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim()))
}

fn parameter(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim(), value.trim().trim_matches('"')))
}

/// Splits at `mark` outside of quotes.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|one| {
        if one == '"' {
            is_quoted = !is_quoted;
        }
        one == mark && !is_quoted
    })
    .collect()
}

/// The sites and relays of both parties.
const PLACES: &[&str] = &[
    "LocalSite",
    "LocalMR",
    "RemoteSite",
    "RemoteMR",
    "LocalMRTCPPort",
    "RemoteMRTCPPort",
];

/// Keys whose meaning was read in a public source.
const EXPLAINED: &[&str] = &[
    "ICEWarn",
    "LocalSite",
    "LocalMR",
    "RemoteSite",
    "RemoteMR",
    "PortRange",
    "LocalMRTCPPort",
    "RemoteMRTCPPort",
    "LocalLocation",
    "RemoteLocation",
    "FederationType",
    "BaseAddress",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_a_of_a_working_call_is_read_with_its_blanks_and_double_colon() {
        let header = header(
            "51007;reason=\"Callee media connectivity diagnosis info\"; \
             CalleeMediaDebug=\"audio:ICEWarn=0x0, LocalSite=192.168.100.1:50034, \
             LocalMR=192.168.100.1::58503,RemoteSite=80.187.111.135:20726,LocalLocation=2,\
             RemoteLocation=2,Interfaces=0x12\"",
        );

        let read = read(&header, Direction::Sent);
        assert_eq!(
            read,
            [MediaDebug {
                line: 7,
                reason: Some("Callee media connectivity diagnosis info".to_owned()),
                observation: Observation::LegacyMediaDebug {
                    diagnostic_id: 51007,
                    modality: "audio".to_owned(),
                    ice_warn: 0,
                    local_location: Some(2),
                    remote_location: Some(2),
                    measured_by: CallParty::Callee,
                    measured_by_peer: false,
                    keys_absent: texts(&["RemoteMR", "LocalMRTCPPort", "RemoteMRTCPPort"]),
                    keys_unknown: Vec::new(),
                },
                unexplained: texts(&["Interfaces=0x12"]),
            }]
        );
    }

    #[test]
    fn form_b_has_the_same_keys_as_parameters() {
        let header = header(
            "23; reason=\"x\";UserType=\"Caller\";MediaType=\"audio\";ICEWarn=\"0x8000100\"",
        );

        let read = read(&header, Direction::Sent);
        let Observation::LegacyMediaDebug { ice_warn, .. } = read[0].observation else {
            panic!("a summary is of one kind only")
        };
        assert_eq!(ice_warn, 0x0800_0100);
    }

    #[test]
    fn one_field_may_carry_two_hops_lines() {
        let header = header(
            "22;reason=\"a, b\";CallerMediaDebug=\"audio:ICEWarn=0x20\", \
             24;reason=\"c\";CalleeMediaDebug=\"audio:ICEWarn=0x40\"",
        );

        assert_eq!(read(&header, Direction::Sent).len(), 2);
    }

    #[test]
    fn an_emptied_mask_gives_no_observation() {
        let header = header("22;CallerMediaDebug=\"audio:ICEWarn=,LocalSite=\"");

        assert_eq!(read(&header, Direction::Sent), []);
    }

    fn header(value: &str) -> Header {
        Header {
            name: "ms-client-diagnostics".to_owned(),
            value: value.to_owned(),
            line: 7,
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }
}
