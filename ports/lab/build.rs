//! Lists the cards and the topologies of the project for embedding, so that a
//! new card is a new file and nothing else.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What stands among the cards and is none.
const NO_CARD: &[&str] = &["short"];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let folder = here.join("../../cards");
    let folder = folder
        .canonicalize()
        .map_err(|error| tried(&folder, &error))?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut text = list("CARDS", &folder)?;
    text.push_str(&list("TOPOLOGIES", &folder.join("topologies"))?);
    let target = PathBuf::from(std::env::var("OUT_DIR")?).join("embedded.rs");
    std::fs::write(target, text)?;
    Ok(())
}

/// A constant with name and text of every TOML file in `folder`, by name.
fn list(constant: &str, folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|error| tried(folder, &error))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort_by_key(|file| file.file_stem().map(std::ffi::OsStr::to_owned));
    let mut text = format!("const {constant}: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.file_stem().and_then(|stem| stem.to_str());
        let is_toml = file
            .extension()
            .is_some_and(|extension| extension == "toml");
        if let Some(name) = name.filter(|name| is_toml && !NO_CARD.contains(name)) {
            writeln!(text, "({name:?}, include_str!({file:?})),")?;
        }
    }
    text.push_str("];\n");
    Ok(text)
}

fn tried(folder: &Path, error: &std::io::Error) -> String {
    format!("could not read the cards in {}: {error}", folder.display())
}
