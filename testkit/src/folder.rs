//! A folder for one test that goes with it, also when the test fails.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new, empty folder; it is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it where the system keeps what is short-lived.
    ///
    /// # Panics
    /// When that place cannot be written.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hopsight-test-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        // A process of this number that was killed may have left one.
        let _absent = std::fs::remove_dir_all(&folder);
        let made = std::fs::create_dir_all(&folder);
        assert!(made.is_ok(), "could not make {folder:?}: {made:?}");
        Self(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a file of this name is or will be.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _absent = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_test_also_when_that_fails() {
        let folder = Folder::new();
        let path = folder.path().to_owned();
        std::fs::write(folder.file("left.txt"), "behind").unwrap();
        assert!(path.is_dir());

        let failed = std::thread::spawn(move || {
            let _kept = folder;
            panic!("as a failing test does");
        });

        assert!(failed.join().is_err());
        assert!(!path.exists());
    }
}
