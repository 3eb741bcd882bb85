//! Decides how the end of a session is said to a person, and how a person's
//! words travel in the `Reason` header (RFC 3326).

use crate::event::End;
use hopsight_session::endpoint::{EndReason, VerifiedIdentity};

/// The name to show for somebody.
pub(crate) fn name_of(identity: &VerifiedIdentity) -> String {
    if !identity.display_name.is_empty() {
        return identity.display_name.clone();
    }
    name_in(&identity.uri)
}

/// The name in an address of record. That of a share says nothing to a person.
pub(crate) fn name_in(uri: &str) -> String {
    let rest = uri.strip_prefix("sip:").unwrap_or(uri);
    match rest.split('@').next().unwrap_or(rest) {
        share if share.starts_with("share.") => "whoever shares".to_owned(),
        name => name.to_owned(),
    }
}

/// How a session ended, as a word for programs and a sentence for a person.
pub(crate) fn ending(reason: &EndReason, other: &str) -> (End, String) {
    match reason {
        EndReason::Declined => (
            End::Declined,
            format!("{other} was told no at this machine"),
        ),
        EndReason::HungUp { reason } => {
            let said = text_of(reason).filter(|text| *text != STOPPED);
            let sentence = said.map_or_else(
                || format!("{other} ended it"),
                |said| format!("{other} ended it: {said}"),
            );
            (End::HungUp, sentence)
        }
        EndReason::NotVerified => (
            End::NotVerified,
            format!("the server does not vouch that it is {other} who answered"),
        ),
        EndReason::PathLost { reason } => (End::PathLost, reason.clone()),
        EndReason::Refused { status, reason } => (End::Refused, refusal(*status, reason, other)),
        EndReason::Stopped => (End::Stopped, "stopped at this machine".to_owned()),
        EndReason::Withdrawn => (
            End::Withdrawn,
            format!("{other} took the invitation back, or somebody else answered it"),
        ),
    }
}

/// What a machine says when somebody at it stops; it adds nothing to the end.
const STOPPED: &str = "stopped";

fn refusal(status: u16, reason: &str, other: &str) -> String {
    match status {
        403 => format!("the server does not allow this with {other}"),
        404 => format!("{other} is not known to this server; check the spelling"),
        408 => format!("{other} did not answer"),
        410 => "this share link has expired or was withdrawn; ask for a new one".to_owned(),
        480 => format!("{other} is not signed in at the moment"),
        486 => format!("{other} is in another session"),
        487 => "the invitation was taken back before an answer".to_owned(),
        488 => format!("the two machines have no picture format in common with {other}"),
        603 => format!("{other} refused"),
        _ => format!("the invitation was refused: {status} {reason}"),
    }
}

/// The value of a `Reason` header.
pub(crate) fn reason_header(text: &str) -> String {
    let quoted: String = text
        .chars()
        .filter(|character| !character.is_control())
        .flat_map(|character| {
            let escape = matches!(character, '"' | '\\').then_some('\\');
            escape.into_iter().chain([character])
        })
        .collect();
    format!("SIP;cause=200;text=\"{quoted}\"")
}

/// The words in the value of a `Reason` header.
fn text_of(header: &str) -> Option<String> {
    let (_, quoted) = header.split_once("text=\"")?;
    let mut text = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => text.extend(characters.next()),
            other if other.is_control() => {}
            other => text.push(other),
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_reason_header() {
        for text in ["stopped", "said \"no\" \\ left"] {
            assert_eq!(text_of(&reason_header(text)), Some(text.to_owned()));
        }
        assert_eq!(
            reason_header("a\r\nVia: b"),
            "SIP;cause=200;text=\"aVia: b\""
        );
        assert_eq!(text_of("SIP;cause=200"), None);
    }

    #[test]
    fn an_end_names_the_other_by_name_and_keeps_its_words() {
        let hung_up = |reason: &str| EndReason::HungUp {
            reason: reason.to_owned(),
        };
        let said = |reason: &EndReason| ending(reason, "Desk 2").1;

        assert_eq!(said(&hung_up("")), "Desk 2 ended it");
        assert_eq!(said(&hung_up(&reason_header("stopped"))), "Desk 2 ended it");
        assert_eq!(
            said(&hung_up(&reason_header("lunch"))),
            "Desk 2 ended it: lunch"
        );
        let busy = EndReason::Refused {
            status: 486,
            reason: "Busy Here".to_owned(),
        };
        assert_eq!(
            ending(&busy, "Desk 2"),
            (End::Refused, "Desk 2 is in another session".to_owned())
        );
    }
}
