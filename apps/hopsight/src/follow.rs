//! Runs one endpoint for `share` and `view`: shows its events, has its
//! questions answered, stops it when asked to.

use crate::consent::{self, Consent};
use crate::face::Face;
use crate::failure::Failure;
use crate::sign_in::failure;
use crate::signals::stop_requested;
use hopsight_endpoint::{End, Endpoint, EndpointError, Event, Purpose, Server, Settings, What};
use hopsight_evidence::Side;
use hopsight_net::Clock;
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
    let about = About::of(&settings, &purpose);
    let started = tokio::select! {
        started = Endpoint::start(settings, purpose) => started,
        () = &mut stopped => return Err(Failure::failed("stopped before the server had answered")),
    };
    let (mut endpoint, mut events, questions) = match started {
        Ok(started) => started,
        Err(error) => return Err(explained(&error, &about, &mut face).await),
    };
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
    if let Err(error) = endpoint.finished().await {
        return Err(explained(&error, &about, &mut face).await);
    }
    Ok(summary)
}

/// Who failed at which server, as far as it takes to explain it.
pub(crate) struct About {
    pub(crate) server: Server,
    pub(crate) own: Option<String>,
    pub(crate) side: Side,
    pub(crate) clock: Clock,
}

impl About {
    fn of(settings: &Settings, purpose: &Purpose) -> Self {
        let side = match purpose {
            Purpose::Check { .. } | Purpose::Share { .. } => Side::Sharer,
            Purpose::View { .. } => Side::Viewer,
        };
        Self {
            server: settings.server.clone(),
            own: Some(settings.account.name.clone()),
            side,
            clock: settings.clock,
        }
    }
}

/// The failure with what explains it, as far as this machine can find out.
pub(crate) async fn explained(error: &EndpointError, about: &About, face: &mut Face) -> Failure {
    let own = about.own.as_deref();
    let found =
        hopsight_endpoint::explain(&about.server, own, about.side, error, about.clock).await;
    let words = face.explain(&found, about.clock.wall());
    failure(error).because(&words)
}

impl Summary {
    fn note(&mut self, event: &Event) {
        match &event.what {
            What::FirstFrame { .. } => self.has_picture = true,
            What::Ended { end, reason, .. } => self.end = Some((*end, reason.clone())),
            What::Answered { .. }
            | What::Check { .. }
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
