//! `hopsight check`: whether this machine could share and see desktops, and
//! why not, before anybody is called.

use crate::command_line::Check;
use crate::face::{Face, Form};
use crate::failure::Failure;
use crate::sign_in;
use crate::signals::stop_requested;
use hopsight_endpoint::{Checked, Event, Settings};
use hopsight_evidence::Side;
use tokio::sync::mpsc;

/// Steps that may wait to be shown.
const EVENTS: usize = 64;

pub(crate) async fn run(wanted: Check, json: bool) -> Result<(), Failure> {
    let settings = sign_in::settings(&wanted.account)?;
    let form = if json { Form::Json } else { Form::Lines };
    let server = settings.server.address.authority();
    if form == Form::Lines {
        eprintln!("Checking {server} for {}", settings.account.name);
    }
    let mut face = Face::new(form, Side::Sharer, server.clone()).of_check();
    match everything(settings, wanted.who.clone(), &mut face).await? {
        Checked::Well => {
            if form == Form::Lines {
                println!("\n{}", all_is_well(&server, wanted.who.as_deref()));
            }
            Ok(())
        }
        Checked::Faulty => Err(Failure::failed("not everything works")),
        Checked::NotReached => Err(Failure::not_reachable(format!("{server} is not reached"))),
    }
}

fn all_is_well(server: &str, who: Option<&str>) -> String {
    let path = who.map_or_else(String::new, |who| {
        format!("\nThe path to {who} is straight from PC to PC.")
    });
    format!("{server} signs you in, and its relay answers every way.{path}")
}

/// Shows each step while the check goes on.
async fn everything(
    settings: Settings,
    who: Option<String>,
    face: &mut Face,
) -> Result<Checked, Failure> {
    let (sender, mut events) = mpsc::channel::<Event>(EVENTS);
    let checking =
        tokio::spawn(
            async move { hopsight_endpoint::check(&settings, who.as_deref(), &sender).await },
        );
    let stopped = stop_requested();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => face.show(&event),
                None => break,
            },
            () = &mut stopped => {
                checking.abort();
                return Err(Failure::failed("stopped before everything was checked"));
            }
        }
    }
    let ended = checking.await;
    ended.map_err(|error| Failure::failed(format!("the check ended on its own: {error}")))
}
