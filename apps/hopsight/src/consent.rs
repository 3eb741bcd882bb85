//! Asks the person at this terminal who may see this desktop. Only a yes that
//! is typed after the question counts; silence, the end of the input and
//! everything else is a no.

use hopsight_endpoint::Question;
use hopsight_evidence::Side;
use hopsight_session::endpoint::VerifiedIdentity;
use std::io::BufRead;
use tokio::sync::mpsc;

/// Lines that may wait to be looked at.
const LINES: usize = 16;

/// How questions are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// With yes, because that was said beforehand.
    Given,
    /// By the person at the terminal.
    Asked,
}

/// Answers questions, one after the other, until there are no more.
pub(crate) async fn answer(mut questions: mpsc::Receiver<Question>, consent: Consent) {
    let mut lines = None;
    while let Some(question) = questions.recv().await {
        match consent {
            Consent::Given => say(question, true),
            Consent::Asked => ask(question, lines.get_or_insert_with(typed)).await,
        }
    }
}

async fn ask(mut question: Question, lines: &mut mpsc::Receiver<String>) {
    // What was typed before the question was asked is no answer to it.
    while lines.try_recv().is_ok() {}
    eprint!("{} ", wording(&question.with, question.role));
    tokio::select! {
        line = lines.recv() => {
            let yes = line.as_deref().is_some_and(is_yes);
            if line.is_none() {
                eprintln!();
            }
            eprintln!("{}", if yes { "allowed" } else { "declined" });
            say(question, yes);
        }
        () = question.answer.closed() => eprintln!("\nthe invitation was taken back"),
    }
}

fn say(question: Question, yes: bool) {
    // The invitation may have been taken back meanwhile.
    let _late = question.answer.send(yes);
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn wording(with: &VerifiedIdentity, role: Side) -> String {
    let shown: String = with
        .display_name
        .chars()
        .filter(|one| !one.is_control())
        .collect();
    let address = with.uri.strip_prefix("sip:").unwrap_or(&with.uri);
    let who = match (address.starts_with("guest."), shown.is_empty()) {
        (true, _) => format!("guest \"{shown}\""),
        (false, true) => address.to_owned(),
        (false, false) => format!("\"{shown}\" ({address})"),
    };
    match role {
        Side::Sharer => format!("{who} wants to see this screen (view only). Allow? [y/N]"),
        Side::Viewer => format!("{who} wants to show you their screen. See it? [y/N]"),
    }
}

/// The lines of standard input. Its thread waits in the system and ends with
/// the program, not with the runtime.
fn typed() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(LINES);
    let reading = std::thread::Builder::new()
        .name("consent".to_owned())
        .spawn(move || {
            let lines = std::io::stdin().lock().lines();
            for line in lines.map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
    if let Err(error) = reading {
        tracing::warn!(%error, "nobody can be asked here");
    }
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SessionId;
    use tokio::sync::oneshot;

    #[test]
    fn the_question_names_whom_the_server_vouches_for() {
        let guest = identity("sip:guest.ab12@example.org", "Bob");
        let person = identity("sip:desk2@example.org", "Desk Two");
        let bare = identity("sip:desk2@example.org", "");

        assert_eq!(
            wording(&guest, Side::Sharer),
            "guest \"Bob\" wants to see this screen (view only). Allow? [y/N]"
        );
        assert_eq!(
            wording(&person, Side::Sharer),
            "\"Desk Two\" (desk2@example.org) wants to see this screen (view only). Allow? [y/N]"
        );
        assert_eq!(
            wording(&bare, Side::Viewer),
            "desk2@example.org wants to show you their screen. See it? [y/N]"
        );
    }

    #[test]
    fn a_name_cannot_paint_over_the_question() {
        let sly = identity("sip:guest.ab12@example.org", "Bob\r\u{1b}[2K");

        assert!(!wording(&sly, Side::Sharer).contains(['\r', '\u{1b}']));
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        let heard = ["y", " YES ", "", "n", "ye", "yes please", "1"].map(is_yes);

        assert_eq!(heard, [true, true, false, false, false, false, false]);
    }

    #[tokio::test]
    async fn the_end_of_the_input_is_a_no() {
        let (question, answered) = question();
        let (_, mut lines) = mpsc::channel(1);

        ask(question, &mut lines).await;

        assert_eq!(answered.await, Ok(false));
    }

    #[tokio::test]
    async fn what_was_typed_before_the_question_is_no_answer() {
        let (question, answered) = question();
        let (sender, mut lines) = mpsc::channel(2);
        sender.send("y".to_owned()).await.unwrap();
        drop(sender);

        ask(question, &mut lines).await;

        assert_eq!(answered.await, Ok(false));
    }

    #[tokio::test]
    async fn consent_given_beforehand_needs_nobody() {
        let (question, answered) = question();
        let (sender, questions) = mpsc::channel(1);
        sender.send(question).await.unwrap();
        drop(sender);

        answer(questions, Consent::Given).await;

        assert_eq!(answered.await, Ok(true));
    }

    fn question() -> (Question, oneshot::Receiver<bool>) {
        let (answer, answered) = oneshot::channel();
        let session: SessionId = "01J00000000000000000000000".parse().unwrap();
        let question = Question {
            session,
            with: identity("sip:guest.ab12@example.org", "Bob"),
            role: Side::Sharer,
            answer,
        };
        (question, answered)
    }

    fn identity(uri: &str, display_name: &str) -> VerifiedIdentity {
        VerifiedIdentity {
            uri: uri.to_owned(),
            display_name: display_name.to_owned(),
        }
    }
}
