//! Runs one endpoint for `share` and `view`: shows its events, has its
//! questions answered, stops it when asked to.

use crate::consent::{self, Consent};
use crate::face::Face;
use crate::failure::Failure;
use crate::sign_in::failure;
use crate::signals::stop_requested;
use hopsight_endpoint::{End, Endpoint, Event, Purpose, Settings, What};
use std::time::Duration;

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Whether a picture was sent or seen.
    pub(crate) has_picture: bool,
    /// How the last session ended, and why.
    pub(crate) end: Option<(End, String)>,
}

/// Starts an endpoint and stays until it ends; `picture_for` after the first
/// picture at the latest.
pub(crate) async fn follow(
    settings: Settings,
    purpose: Purpose,
    consent: Consent,
    mut face: Face,
    picture_for: Option<Duration>,
) -> Result<Summary, Failure> {
    let stopped = stop_requested();
    tokio::pin!(stopped);
    let started = tokio::select! {
        started = Endpoint::start(settings, purpose) => started,
        () = &mut stopped => return Err(Failure::failed("stopped before the server had answered")),
    };
    let (mut endpoint, mut events, questions) = started.map_err(|error| failure(&error))?;
    let asking = tokio::spawn(consent::answer(questions, consent));
    let mut summary = Summary::default();
    let enough = tokio::time::sleep(Duration::MAX);
    tokio::pin!(enough);
    let mut is_stopped = false;
    loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break };
                face.show(&event);
                if let (What::FirstFrame { .. }, Some(time)) = (&event.what, picture_for) {
                    enough.as_mut().reset(tokio::time::Instant::now() + time);
                }
                summary.note(&event);
            }
            () = &mut stopped, if !is_stopped => {
                is_stopped = true;
                endpoint.stop();
            }
            () = &mut enough, if !is_stopped => {
                is_stopped = true;
                endpoint.stop();
            }
        }
    }
    asking.abort();
    endpoint.finished().await.map_err(|error| failure(&error))?;
    Ok(summary)
}

impl Summary {
    fn note(&mut self, event: &Event) {
        match &event.what {
            What::FirstFrame { .. } => self.has_picture = true,
            What::Ended { end, reason, .. } => self.end = Some((*end, reason.clone())),
            What::Answered { .. }
            | What::Link { .. }
            | What::Path { .. }
            | What::Registered { .. }
            | What::Ringing { .. }
            | What::Stats { .. }
            | What::Verdict { .. } => {}
        }
    }

    /// Whether it ended as sessions do.
    pub(crate) fn has_ended_in_order(&self) -> bool {
        matches!(self.end, None | Some((End::HungUp | End::Stopped, _)))
    }

    /// Why it did not come to a good end.
    pub(crate) fn failure(self) -> Failure {
        let reason = self.end.map(|(_, reason)| reason);
        Failure::failed(reason.unwrap_or_else(|| "there was no session".to_owned()))
    }
}
