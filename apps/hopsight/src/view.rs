//! `hopsight view [WHO|LINK]`: somebody's desktop, in this build without a
//! window.

use crate::command_line::View;
use crate::consent::Consent;
use crate::face::{Face, Form};
use crate::failure::Failure;
use crate::follow::{About, explained, follow};
use crate::{sign_in, state};
use hopsight_endpoint::{EndpointError, Purpose, Settings, ShareLink};
use hopsight_evidence::Side;
use std::path::Path;
use std::time::Duration;

pub(crate) async fn run(wanted: View, json: bool) -> Result<(), Failure> {
    if !wanted.headless {
        return Err(Failure::usage(
            "this build has no window to show a desktop in\n  add --headless (and --save-frames DIR), or open the share link in a browser",
        ));
    }
    if let Some(folder) = &wanted.save_frames {
        make_folder(folder)?;
    }
    let form = if json { Form::Json } else { Form::Lines };
    let (settings, whom) = whom(&wanted, form).await?;
    if form == Form::Lines {
        match &wanted.who {
            Some(who) if !ShareLink::is_meant_by(who) => eprintln!("Asking to see {who}'s screen"),
            Some(_) => eprintln!("Opening the share link"),
            None => eprintln!("Waiting for somebody who shows their screen"),
        }
    }
    let consent = if wanted.accept {
        Consent::Given
    } else {
        Consent::Asked
    };
    let face = Face::new(form, Side::Viewer, settings.server.address.authority());
    let purpose = Purpose::View {
        whom,
        save_into: wanted.save_frames,
    };
    let picture_for = wanted.for_seconds.map(Duration::from_secs);
    let summary = follow(settings, purpose, consent, face, picture_for).await?;
    if summary.has_picture && summary.has_ended_in_order() {
        return Ok(());
    }
    Err(summary.failure())
}

/// Who sees whom: the person of --as sees WHO, whoever holds a link sees its
/// share.
async fn whom(wanted: &View, form: Form) -> Result<(Settings, Option<String>), Failure> {
    let Some(text) = wanted
        .who
        .as_deref()
        .filter(|who| ShareLink::is_meant_by(who))
    else {
        let settings = sign_in::settings(&wanted.account)?;
        return Ok((settings, wanted.who.clone()));
    };
    let link = ShareLink::read(text).map_err(|error| Failure::usage(error.to_string()))?;
    let server = sign_in::server_of(&link, &wanted.account)?;
    let account = sign_in::account(&wanted.account)?;
    let opened = match &account {
        Some(account) => server.open_link(&link.token, account).await,
        None => server.open_link_as_guest(&link.token, &wanted.name).await,
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let mut face = Face::new(form, Side::Viewer, server.address.authority());
            let about = About {
                server,
                own: account.map(|account| account.name),
                side: Side::Viewer,
                clock: state::clock(),
            };
            let error = EndpointError::Server(error);
            return Err(explained(&error, &about, &mut face).await);
        }
    };
    let settings = Settings {
        server,
        account: opened.account,
        clock: state::clock(),
    };
    Ok((settings, Some(opened.uri)))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::usage(format!(
            "--save-frames: {} cannot be made: {error}\n  name another folder",
            folder.display()
        ))
    })
}
