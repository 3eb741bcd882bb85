//! Maps the memory that a display shares with us and copies out of it.
#![expect(
    unsafe_code,
    reason = "memory that another process writes can only be reached through a raw mapping"
)]

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::ptr::{NonNull, null_mut};

/// A mapping for reading; ends with the value.
#[derive(Debug)]
pub(super) struct SharedMemory {
    start: NonNull<c_void>,
    length: usize,
}

impl SharedMemory {
    /// Maps `length` bytes of `file`, which must have that many.
    pub(super) fn map(file: OwnedFd, length: usize) -> io::Result<Self> {
        let file = File::from(file);
        let held = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if length == 0 || held < length {
            return Err(io::Error::other("the shared memory is too short"));
        }
        // SAFETY: a new mapping at an address that the kernel chooses touches
        // no memory of ours.
        let start = unsafe {
            mmap(
                null_mut(),
                length,
                ProtFlags::READ,
                MapFlags::SHARED,
                &file,
                0,
            )?
        };
        let start = NonNull::new(start).ok_or_else(|| io::Error::other("mapped at null"))?;
        Ok(Self { start, length })
    }

    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Copies the first `length` bytes; `false` when there are fewer.
    pub(super) fn copy_to(&self, target: &mut Vec<u8>, length: usize) -> bool {
        if length > self.length {
            return false;
        }
        target.resize(length, 0);
        // SAFETY: both are valid for `length` bytes and cannot overlap, the
        // target being memory of our own. The display writes here only while it
        // carries out a request whose answer we have already; were it to write
        // now all the same, the bytes would be a torn picture, any value of
        // which is a valid `u8`. No reference into the mapping is ever made.
        unsafe {
            self.start
                .cast::<u8>()
                .copy_to_nonoverlapping(NonNull::from(target.as_mut_slice()).cast(), length);
        }
        true
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `map` with this length, is unmapped
        // only here, and nothing refers into it.
        if let Err(error) = unsafe { munmap(self.start.as_ptr(), self.length) } {
            tracing::debug!(%error, "could not give shared memory back");
        }
    }
}

// SAFETY: the mapping belongs to this value alone and does not depend on the
// thread that made it.
unsafe impl Send for SharedMemory {}

#[cfg(test)]
mod tests {
    use super::*;
    use hopsight_testkit::Folder;
    use std::io::Write;

    #[test]
    fn what_is_in_the_file_comes_out_and_no_more() {
        let mut file = tempfile();
        file.write_all(&[1, 2, 3, 4]).unwrap();
        let file = OwnedFd::from(file);

        let memory = SharedMemory::map(file.try_clone().unwrap(), 4).unwrap();
        let mut target = vec![9; 9];

        assert!(memory.copy_to(&mut target, 3));
        assert_eq!(target, [1, 2, 3]);
        assert!(!memory.copy_to(&mut target, 5));
        assert!(SharedMemory::map(file.try_clone().unwrap(), 5).is_err());
        assert!(SharedMemory::map(file, 0).is_err());
    }

    fn tempfile() -> File {
        // The open file outlives its name.
        let folder = Folder::new();
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(folder.file("memory"))
            .unwrap()
    }
}
