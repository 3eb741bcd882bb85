//! The configuration file: a wrong one is told with its name and a remedy, a
//! right one means the same to whoever reads it again.

use hopsight_configuration::read;
use std::iter::empty;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match read("FILE", text, empty()) {
        Ok(configuration) => {
            assert!(*configuration.relay.ports.0.start() > 1023);
            assert!(!configuration.relay.ports.0.is_empty());
            let same = ("HOPSIGHT_DOMAIN".to_owned(), configuration.domain.clone());
            let again = read("FILE", text, std::iter::once(same));
            let is_text = toml_text(&configuration.domain);
            assert!(!is_text || again.as_ref() == Ok(&configuration));
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.starts_with("FILE") && told.contains("\n  "), "{told}");
        }
    }
    let overridden = [("HOPSIGHT_LISTEN__ADDRESS".to_owned(), text.to_owned())];
    let _ = read("FILE", "", overridden.into_iter());
}

/// Whether a value in the environment is taken as text and not as a TOML value.
fn toml_text(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && !["true", "false", "inf", "nan"].contains(&value)
}
