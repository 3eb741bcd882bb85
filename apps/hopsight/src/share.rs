//! `hopsight share [WHO]`: this desktop, with somebody or by a share link.

use crate::command_line::{Control, Share};
use crate::consent::Consent;
use crate::face::{Face, Form};
use crate::failure::Failure;
use crate::follow::follow;
use crate::sign_in;
use hopsight_endpoint::{End, Purpose};
use hopsight_evidence::Side;
use hopsight_screen::Source;

pub(crate) async fn run(wanted: Share, json: bool) -> Result<(), Failure> {
    // This build gives control to nobody.
    let Control::Never = wanted.control;
    let source: Source = wanted
        .source
        .parse()
        .map_err(|error| Failure::usage(format!("--source: {error}")))?;
    let settings = sign_in::settings(&wanted.account)?;
    let form = if json { Form::Json } else { Form::Lines };
    if form == Form::Lines {
        match &wanted.who {
            Some(who) => eprintln!("Sharing with {who}"),
            None => eprintln!("Sharing by a link"),
        }
    }
    let consent = if wanted.accept {
        Consent::Given
    } else {
        Consent::Asked
    };
    let face = Face::new(form, Side::Sharer, settings.server.address.authority());
    let is_by_link = wanted.who.is_none();
    let purpose = Purpose::Share {
        with: wanted.who,
        source,
    };
    let summary = follow(settings, purpose, consent, face, None).await?;
    let was_stopped = matches!(summary.end, Some((End::Stopped, _)));
    if is_by_link || was_stopped || (summary.has_picture && summary.has_ended_in_order()) {
        return Ok(());
    }
    Err(summary.failure())
}
