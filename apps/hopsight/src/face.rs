//! Shows the events of an endpoint: as JSON lines for programs, as aligned
//! lines for people. Results go to standard output, progress to standard error.

use hopsight_diagnosis::Verdict;
use hopsight_endpoint::{CheckStep, End, Event, What, verdict_event};
use hopsight_evidence::Side;
use hopsight_kit::Timestamp;
use hopsight_report::{Question, failed_step, outcome, step, verdicts};
use hopsight_session::endpoint::PathKind;
use std::io::Write;
use std::time::{Duration, Instant};

/// Where events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON object a line.
    Json,
    /// Aligned lines.
    Lines,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Progress(String),
    Result(String),
}

/// Shows events in one form.
#[derive(Debug)]
pub(crate) struct Face {
    form: Form,
    lines: Lines,
    last_step: Instant,
}

/// What people were told, and what waits to be told.
#[derive(Debug)]
struct Lines {
    role: Side,
    server: String,
    other: String,
    path: Option<PathKind>,
    has_picture: bool,
    is_by_link: bool,
    is_check: bool,
    /// A check found a way to the other PC.
    is_reached: bool,
    verdict: Option<Verdict>,
    shown: Option<Verdict>,
    case: Option<String>,
}

impl Face {
    pub(crate) fn new(form: Form, role: Side, server: String) -> Self {
        Self {
            form,
            lines: Lines {
                role,
                server,
                other: "the other PC".to_owned(),
                path: None,
                has_picture: false,
                is_by_link: false,
                is_check: false,
                is_reached: false,
                verdict: None,
                shown: None,
                case: None,
            },
            last_step: Instant::now(),
        }
    }

    /// The same for a check: there will be no picture to wait for.
    pub(crate) const fn of_check(mut self) -> Self {
        self.lines.is_check = true;
        self
    }

    /// What explains that nothing came about: events for programs; for people
    /// the words that belong below the failure.
    pub(crate) fn explain(&mut self, found: &[Verdict], now: Timestamp) -> String {
        match self.form {
            Form::Json => {
                for verdict in found {
                    self.show(&verdict_event(verdict).at(now));
                }
                String::new()
            }
            Form::Lines => verdicts(Question::WhatIsWrong, found, None),
        }
    }

    /// Shows one event.
    pub(crate) fn show(&mut self, event: &Event) {
        match self.form {
            Form::Json => match serde_json::to_string(event) {
                Ok(line) => print(&line),
                Err(error) => tracing::error!(%error, "an event could not be written"),
            },
            Form::Lines => {
                let after = self.last_step.elapsed();
                if let What::Registered { .. } | What::Answered { .. } = event.what {
                    self.last_step = Instant::now();
                }
                for line in self.lines.of(&event.what, after) {
                    match line {
                        Line::Progress(text) => eprint!("{text}"),
                        Line::Result(text) => print(text.trim_end_matches('\n')),
                    }
                }
            }
        }
    }
}

/// Whoever reads may have gone; that is no reason to stop sharing.
fn print(text: &str) {
    let _nobody_reads = writeln!(std::io::stdout(), "{text}");
}

impl Lines {
    /// The lines for one event, `after` the last step.
    fn of(&mut self, what: &What, after: Duration) -> Vec<Line> {
        match what {
            What::Answered { with, .. } => {
                self.other.clone_from(with);
                let said = format!("by {with}");
                vec![Line::Progress(step("accepted", &said, after))]
            }
            What::Check {
                step: which,
                ok,
                ms,
                says,
                ..
            } => {
                let after = Duration::from_millis(*ms);
                vec![self.checked(*which, *ok, says, after)]
            }
            What::Ended {
                session,
                end,
                reason,
            } => {
                let mut lines = self.ended();
                let is_in_order = matches!(end, End::HungUp | End::Stopped);
                // Otherwise the command fails with this reason.
                if session.is_some() && (is_in_order || self.is_by_link) {
                    lines.push(Line::Result(format!("ended            {reason}")));
                }
                lines
            }
            What::FirstFrame { after_ms, .. } => self.first_frame(Duration::from_millis(*after_ms)),
            What::Link { url, expires_at } => {
                self.is_by_link = true;
                vec![Line::Result(format!(
                    "share link, good until {expires_at}:\n{url}"
                ))]
            }
            What::Path {
                kind,
                transport,
                local,
                remote,
                ..
            } => {
                let transport = transport.to_string().to_uppercase();
                let (label, kind, place) = match *kind {
                    "direct" => ("direct path", PathKind::Direct, remote),
                    _ => ("relay", PathKind::Relay, local),
                };
                self.path = Some(kind);
                let said = format!("connected over {transport}, {}", place.ip());
                vec![Line::Progress(step(label, &said, after))]
            }
            What::Registered { .. } => {
                vec![Line::Progress(step("signed in", &self.server, after))]
            }
            What::Ringing { .. } => vec![Line::Progress(step("ringing", "", after))],
            What::Stats { .. } => Vec::new(),
            What::Verdict { session, verdict } => {
                match serde_json::from_value(verdict.clone()) {
                    Ok(verdict) => self.verdict = Some(verdict),
                    Err(error) => tracing::warn!(%error, "a verdict could not be read"),
                }
                let Some(session) = session else {
                    return self.why(Question::WhatIsWrong);
                };
                self.case = Some(session.to_string());
                if self.is_check {
                    return self.why(if self.is_reached {
                        Question::WhyNotDirect
                    } else {
                        Question::WhatIsWrong
                    });
                }
                // Without a picture it is not known yet which question it answers.
                if self.has_picture {
                    self.why(Question::WhyNotDirect)
                } else {
                    Vec::new()
                }
            }
        }
    }

    fn checked(&mut self, which: CheckStep, ok: bool, says: &str, after: Duration) -> Line {
        self.is_reached |= ok && which == CheckStep::Path;
        let label = label_of(which);
        Line::Progress(if ok {
            step(label, says, after)
        } else {
            failed_step(label, says, after)
        })
    }

    fn first_frame(&mut self, after: Duration) -> Vec<Line> {
        self.has_picture = true;
        let mut lines = vec![Line::Progress(step("first picture", "", after))];
        if let Some(path) = self.path {
            let outcome = outcome(self.role, &self.other, path);
            lines.push(Line::Result(format!("\n{outcome}")));
        }
        lines.extend(self.why(Question::WhyNotDirect));
        lines
    }

    fn ended(&mut self) -> Vec<Line> {
        let question = if self.has_picture {
            Question::WhyNotDirect
        } else {
            Question::WhyNoPicture
        };
        let lines = self.why(question);
        self.path = None;
        self.has_picture = false;
        lines
    }

    /// The verdict, unless it was shown already.
    fn why(&mut self, question: Question) -> Vec<Line> {
        let Some(verdict) = self.verdict.take() else {
            return Vec::new();
        };
        let is_known = self.shown.as_ref().is_some_and(|shown| {
            shown.code == verdict.code && shown.confidence == verdict.confidence
        });
        if is_known {
            return Vec::new();
        }
        let text = verdicts(
            question,
            std::slice::from_ref(&verdict),
            self.case.as_deref(),
        );
        self.shown = Some(verdict);
        vec![Line::Result(format!("\n{text}"))]
    }
}

/// What a step of a check is called.
const fn label_of(step: CheckStep) -> &'static str {
    match step {
        CheckStep::Name => "name",
        CheckStep::SignIn => "sign-in",
        CheckStep::RelayUdp => "relay over UDP",
        CheckStep::RelayTcp => "relay over TCP",
        CheckStep::RelayTls => "relay over TLS",
        CheckStep::Path => "path",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_evidence::Transport;
    use hopsight_kit::SessionId;

    #[test]
    fn a_share_that_works_is_told_in_steps_and_one_result() {
        let mut lines = lines();
        let events = [
            What::Registered {
                uri: "sip:desk1@example.org".into(),
            },
            What::Answered {
                session: session(),
                with: "Desk Two".into(),
            },
            What::Path {
                session: session(),
                kind: "relay",
                transport: Transport::Udp,
                local: "10.21.151.10:50000".parse().unwrap(),
                remote: "10.103.0.50:50001".parse().unwrap(),
            },
            What::FirstFrame {
                session: session(),
                after_ms: 900,
            },
        ];

        let (mut progress, mut results) = (String::new(), String::new());
        for event in events {
            for line in lines.of(&event, Duration::from_millis(200)) {
                match line {
                    Line::Progress(text) => progress.push_str(&text),
                    Line::Result(text) => results.push_str(&text),
                }
            }
        }

        let told: Vec<&str> = progress.lines().map(str::trim_end).collect();
        assert_eq!(told.len(), 4, "{progress}");
        assert!(told[0].starts_with("  signed in        desk.example:443"));
        assert!(told[2].starts_with("  relay            connected over UDP, 10.21.151.10"));
        assert!(told[3].ends_with("0.9 s"));
        assert_eq!(results, "\nDesk Two sees your screen, through the relay.\n");
    }

    fn lines() -> Lines {
        Face::new(Form::Lines, Side::Sharer, "desk.example:443".into()).lines
    }

    fn session() -> SessionId {
        "01J00000000000000000000000".parse().unwrap()
    }
}
