//! Decides how certificate files are kept: whole or not at all, keys for their
//! owner's eyes only.

use super::AuthorityError;
use hopsight_kit::Redacted;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOR_EVERYBODY: u32 = 0o644;
const FOR_THE_OWNER: u32 = 0o600;
const DIRECTORY: u32 = 0o700;

pub(super) fn make_directory(directory: &Path) -> Result<(), AuthorityError> {
    DirBuilder::new()
        .recursive(true)
        .mode(DIRECTORY)
        .create(directory)
        .map_err(|source| write_error(directory, source))
}

pub(super) fn read(path: &Path) -> Result<Option<String>, AuthorityError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(AuthorityError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

pub(super) fn read_private(path: &Path) -> Result<Option<Redacted<String>>, AuthorityError> {
    let Some(text) = read(path)? else {
        return Ok(None);
    };
    let is_exposed = fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if is_exposed {
        tracing::warn!(path = %path.display(), "others could read a private key; closed the file to them");
        fs::set_permissions(path, Permissions::from_mode(FOR_THE_OWNER))
            .map_err(|source| write_error(path, source))?;
    }
    Ok(Some(Redacted::new(text)))
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), AuthorityError> {
    replace(path, text, FOR_EVERYBODY).map_err(|source| write_error(path, source))
}

pub(super) fn write_private(path: &Path, text: &str) -> Result<(), AuthorityError> {
    replace(path, text, FOR_THE_OWNER).map_err(|source| write_error(path, source))
}

fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

fn write_error(path: &Path, source: io::Error) -> AuthorityError {
    AuthorityError::Write {
        path: path.to_owned(),
        source,
    }
}
