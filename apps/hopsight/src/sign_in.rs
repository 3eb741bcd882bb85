//! Reads from the command line who signs in where, with which secret, and whom
//! to trust. Nobody is trusted on first use.

use crate::command_line;
use crate::failure::Failure;
use crate::state;
use hopsight_endpoint::{Account, EndpointError, Server, Settings, ShareLink};
use hopsight_kit::Redacted;
use hopsight_net::{ServerAddress, Trust};
use std::path::Path;

/// Everything that signing in takes.
pub(crate) fn settings(wanted: &command_line::Account) -> Result<Settings, Failure> {
    let address = wanted
        .server
        .as_deref()
        .ok_or_else(|| Failure::usage("no server is named\n  add --server https://HOST[:PORT]"))?;
    let address: ServerAddress = address
        .parse()
        .map_err(|error| Failure::usage(format!("--server: {error}")))?;
    let trust = match &wanted.ca {
        Some(text) => read_trust(text)?,
        None => return Err(nobody_is_trusted(&address)),
    };
    let account = account(wanted)?.ok_or_else(|| {
        Failure::usage("nobody is named to sign in as\n  add --as USER and the device secret")
    })?;
    Ok(Settings {
        server: Server { address, trust },
        account,
        clock: state::clock(),
    })
}

/// The server of a share link. The fingerprint of its CA stands in the link;
/// --ca overrules it.
pub(crate) fn server_of(
    link: &ShareLink,
    wanted: &command_line::Account,
) -> Result<Server, Failure> {
    let trust = match (&wanted.ca, link.authority) {
        (Some(text), _) => read_trust(text)?,
        (None, Some(authority)) => Trust::Authority(authority),
        (None, None) => return Err(nobody_is_trusted(&link.server)),
    };
    Ok(Server {
        address: link.server.clone(),
        trust,
    })
}

/// The account, if one is named.
pub(crate) fn account(wanted: &command_line::Account) -> Result<Option<Account>, Failure> {
    let Some(name) = wanted.user.clone() else {
        return Ok(None);
    };
    let secret = match (&wanted.secret_file, &wanted.secret) {
        (Some(file), _) => read_secret(file)?,
        (None, Some(secret)) => secret.trim().to_owned(),
        (None, None) => String::new(),
    };
    if secret.is_empty() {
        return Err(Failure::usage(format!(
            "there is no device secret for {name}\n  name a file with --secret-file, or set HOPSIGHT_SECRET; `hopsight user add {name} --device` on the server mints one"
        )));
    }
    let secret = Redacted::new(secret);
    Ok(Some(Account { name, secret }))
}

/// What went wrong at the endpoint, and what to do.
pub(crate) fn failure(error: &EndpointError) -> Failure {
    let remedy = error.remedy();
    let sentence = if remedy.is_empty() {
        error.to_string()
    } else {
        format!("{error}\n  {remedy}")
    };
    match error {
        EndpointError::Who(_) => Failure::usage(sentence),
        error if error.is_unreachable() => Failure::not_reachable(sentence),
        EndpointError::Decoder(_)
        | EndpointError::Negotiate(_)
        | EndpointError::NotReached(_)
        | EndpointError::NotRegistered { .. }
        | EndpointError::Path(_)
        | EndpointError::Produce(_)
        | EndpointError::Server(_)
        | EndpointError::Trust(_) => Failure::failed(sentence),
    }
}

fn read_trust(text: &str) -> Result<Trust, Failure> {
    Trust::read(text).map_err(|error| Failure::usage(format!("--ca: {error}")))
}

fn read_secret(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!(
            "the secret file {} cannot be read: {error}\n  name another one with --secret-file",
            file.display()
        ))
    })?;
    Ok(text.trim().to_owned())
}

fn nobody_is_trusted(server: &ServerAddress) -> Failure {
    Failure::usage(format!(
        "nothing says how to know that {server} is the right server\n  add --ca with its CA's fingerprint (sha256:…) or PEM file; the fingerprint stands behind #ca= in every share link and in the server's log line \"ready\""
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_fingerprint_no_server_is_trusted() {
        let wanted = command_line::Account {
            ca: None,
            ..named()
        };

        let sentence = format!("{:?}", settings(&wanted).unwrap_err());
        assert!(sentence.contains("--ca"), "{sentence}");
        assert!(sentence.contains("code: 2"), "{sentence}");
    }

    #[test]
    fn a_missing_secret_is_asked_for() {
        let wanted = command_line::Account {
            secret: Some("  ".into()),
            ..named()
        };

        let sentence = format!("{:?}", settings(&wanted).unwrap_err());
        assert!(sentence.contains("HOPSIGHT_SECRET"), "{sentence}");
    }

    #[test]
    fn a_link_brings_its_own_trust_and_ca_overrules_it() {
        let digits = "ab".repeat(32);
        let link = format!("https://desk.example/s/k3x9#ca=sha256:{digits}");
        let link = ShareLink::read(&link).unwrap();
        let none = command_line::Account {
            ca: None,
            ..named()
        };
        let other = command_line::Account {
            ca: Some(format!("sha256:{}", "cd".repeat(32))),
            ..named()
        };

        let trust = |wanted| server_of(&link, wanted).unwrap().trust;
        let fingerprint = |digit| Trust::Authority(hopsight_kit::Fingerprint([digit; 32]));
        assert_eq!(trust(&none), fingerprint(0xAB));
        assert_eq!(trust(&other), fingerprint(0xCD));
    }

    fn named() -> command_line::Account {
        command_line::Account {
            user: Some("desk1".into()),
            server: Some("https://desk.example".into()),
            ca: Some(format!("sha256:{}", "ab".repeat(32))),
            secret_file: None,
            secret: Some("secret".into()),
        }
    }
}
