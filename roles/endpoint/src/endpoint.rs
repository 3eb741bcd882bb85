//! Starts an endpoint and holds it: finds out who it is, then lets its loop
//! run until it has done what it was started for, or is stopped.

use crate::engine::{Engine, MOST_CHECKS, Plan, Running};
use crate::error::EndpointError;
use crate::event::Event;
use crate::prepare::Workshop;
use crate::producer::ProduceError;
use crate::settings::{Purpose, Question, Settings};
use crate::target::address_of;
use hopsight_kit::Random;
use hopsight_net::tls::client_config;
use hopsight_net::{Alpn, Entropy};
use hopsight_screen::{CaptureError, Options, Source};
use hopsight_sip::user_agent::{self, UserAgent};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// What may wait to be taken in.
const INBOX: usize = 256;

/// Events that may wait to be read.
const EVENTS: usize = 256;

/// Questions that may wait to be answered.
const QUESTIONS: usize = 16;

/// A running endpoint. Dropping it stops it.
#[derive(Debug)]
pub struct Endpoint {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), EndpointError>>,
}

impl Endpoint {
    /// Signs in and begins. Returns as soon as the server has said who this
    /// is; registration and everything after it come as events. Both receivers
    /// end with the endpoint.
    ///
    /// # Errors
    /// When the source cannot be captured, the server is not reached or cannot
    /// be trusted, the secret is wrong, or nobody is named.
    pub async fn start(
        settings: Settings,
        purpose: Purpose,
    ) -> Result<(Self, mpsc::Receiver<Event>, mpsc::Receiver<Question>), EndpointError> {
        if let Purpose::Share { source, .. } = &purpose {
            can_be_captured(*source)?;
        }
        let about = settings.server.about().await?;
        let me = settings.server.me(&settings.account).await?;
        let plan = plan(purpose, &about.domain)?;
        let mut agent = user_agent::Settings::new(
            &settings.account.name,
            &about.domain,
            &settings.account.secret,
            &instance(&mut Entropy),
        );
        agent.display_name = me.display_name;
        agent.uri.clone_from(&me.uri);
        agent.most_calls = plan.most_calls() + MOST_CHECKS;
        let workshop = Workshop {
            relay_tls: client_config(&settings.server.trust, Some(Alpn::Turn))?,
            server: settings.server,
            account: settings.account,
        };
        let (inbox_sender, inbox) = mpsc::channel(INBOX);
        let (events, events_receiver) = mpsc::channel(EVENTS);
        let (questions, questions_receiver) = mpsc::channel(QUESTIONS);
        let (stop, stopped) = watch::channel(false);
        let engine = Engine {
            plan,
            workshop: Arc::new(workshop),
            domain: about.domain,
            uri: me.uri,
            clock: settings.clock,
            agent: UserAgent::new(agent),
            inbox,
            inbox_sender,
            stop: stopped,
            events,
            questions,
            running: Running::default(),
        };
        let task = tokio::spawn(engine.run());
        let endpoint = Self { stop, task };
        Ok((endpoint, events_receiver, questions_receiver))
    }

    /// Stops everything: the picture at once, then the sessions, then the
    /// registration.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// When it could not do what it was started for.
    pub async fn finished(&mut self) -> Result<(), EndpointError> {
        match (&mut self.task).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(%error, "the endpoint's task ended on its own");
                Ok(())
            }
        }
    }
}

fn plan(purpose: Purpose, domain: &str) -> Result<Plan, EndpointError> {
    Ok(match purpose {
        Purpose::Check { whom, found } => Plan::Check {
            uri: address_of(&whom, domain)?,
            found,
        },
        Purpose::Share { with: None, source } => Plan::ShareByLink { source },
        Purpose::Share {
            with: Some(who),
            source,
        } => Plan::ShareWith {
            uri: address_of(&who, domain)?,
            source,
        },
        Purpose::View {
            whom: None,
            save_into,
        } => Plan::Await { save_into },
        Purpose::View {
            whom: Some(who),
            save_into,
        } => Plan::View {
            uri: address_of(&who, domain)?,
            save_into,
        },
    })
}

/// Says at once what would otherwise be said when somebody watches. Looks
/// whether the source is there; takes no picture.
fn can_be_captured(source: Source) -> Result<(), ProduceError> {
    let sources = hopsight_screen::sources(&Options::default());
    if sources.found.iter().any(|found| found.source == source) {
        return Ok(());
    }
    let gone = CaptureError::SourceGone {
        display: std::env::var("DISPLAY").unwrap_or_default(),
        what: source,
    };
    Err(sources.trouble.unwrap_or(gone).into())
}

/// A name for this run of the endpoint (RFC 5626, section 4.1; RFC 9562,
/// section 5.4). Two runs with one account shall not take each other's calls.
fn instance(random: &mut dyn Random) -> String {
    let (high, low) = (random.number(), random.number());
    let version = high & !0xF000 | 0x4000;
    let variant = low >> 2 | 1 << 63;
    format!(
        "urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        version >> 32,
        version >> 16 & 0xFFFF,
        version & 0xFFFF,
        variant >> 48,
        variant & 0xFFFF_FFFF_FFFF,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_kit::SeededRandom;

    #[test]
    fn an_instance_is_a_random_uuid() {
        let instance = instance(&mut SeededRandom::new(1));

        let parts: Vec<&str> = instance
            .trim_start_matches("urn:uuid:")
            .split('-')
            .collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('4'));
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']));
    }

    #[test]
    fn the_test_pattern_can_always_be_captured() {
        assert!(can_be_captured(Source::TestPattern).is_ok());
    }

    #[test]
    fn a_purpose_names_addresses_of_the_servers_domain() {
        let purpose = Purpose::View {
            whom: Some("desk2".into()),
            save_into: None,
        };

        let expected = Plan::View {
            uri: "sip:desk2@hopsight.internal".into(),
            save_into: None,
        };
        assert_eq!(plan(purpose, "hopsight.internal").unwrap(), expected);
    }
}
