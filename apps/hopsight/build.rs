//! Lists the files of the web pages for the binary to embed: the built bundle
//! when `cargo xtask web` has made one, else the placeholder page that says so.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    // Asked while it runs: a build folder may come from another checkout.
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let web = here.join("../web");
    let built = web.join("dist");
    println!("cargo::rerun-if-changed={}", built.display());
    println!(
        "cargo::rerun-if-changed={}",
        built.join("index.html").display()
    );
    println!(
        "cargo::rerun-if-changed={}",
        web.join("placeholder").display()
    );
    let folder = if built.join("index.html").is_file() {
        built
    } else {
        web.join("placeholder")
    };
    let table = table(&folder).map_err(|error| {
        format!(
            "could not read the web pages in {}: {error}",
            folder.display()
        )
    })?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("pages.rs"), table)?;
    Ok(())
}

/// Name and bytes of every file below `folder`, as the text of a constant.
fn table(folder: &Path) -> std::io::Result<String> {
    // Without `..`: the names in the table are relative to it.
    let folder = folder.canonicalize()?;
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let table = files.iter().fold(String::from("&[\n"), |mut table, file| {
        let name = file.strip_prefix(&folder).unwrap_or(file).display();
        let _ = writeln!(
            table,
            "    ({:?}, include_bytes!({:?})),",
            name.to_string(),
            file.display().to_string()
        );
        table
    });
    Ok(table + "]\n")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|extension| extension != "map") {
            files.push(path.canonicalize()?);
        }
    }
    Ok(())
}
