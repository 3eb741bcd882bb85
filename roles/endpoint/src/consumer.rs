//! Shows the pictures of a view without a window: decodes on a thread of its
//! own, reads the painted counter, saves PNG files.

use hopsight_screen::{DecodeError, H264Decoder, Picture, counter};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Encoded pictures that may wait to be decoded.
const WAITING: usize = 64;

/// What the thread tells about the pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A picture was decoded.
    Picture {
        size: (usize, usize),
        counter: Option<u32>,
    },
    /// The decoder needs a picture that needs no earlier one.
    KeyFrameWanted,
    /// A picture was saved.
    Saved(PathBuf),
    /// A picture could not be saved.
    NotSaved(String),
}

/// What the thread is asked to do.
#[derive(Debug)]
enum Task {
    Decode(Vec<u8>),
    Save,
}

/// A running decoder. Dropping it ends the thread after what waits is decoded.
#[derive(Debug)]
pub(crate) struct Consumer {
    tasks: mpsc::Sender<Task>,
}

impl Consumer {
    /// Starts a decoder; pictures are saved into `folder` if there is one.
    pub(crate) fn start(
        folder: Option<PathBuf>,
    ) -> Result<(Self, mpsc::Receiver<Seen>), std::io::Error> {
        let (tasks, inbox) = mpsc::channel(WAITING);
        let (seen, outbox) = mpsc::channel(WAITING);
        std::thread::Builder::new()
            .name("decode".to_owned())
            .spawn(move || consume(inbox, &seen, folder.as_deref()))?;
        Ok((Self { tasks }, outbox))
    }

    /// Takes in one access unit; `false` when so many wait that it was dropped.
    pub(crate) fn decode(&self, access_unit: Vec<u8>) -> bool {
        self.tasks.try_send(Task::Decode(access_unit)).is_ok()
    }

    /// Saves the newest picture, unless it is saved already. What is not saved
    /// at the end is saved then.
    pub(crate) fn save(&self) {
        let _busy = self.tasks.try_send(Task::Save);
    }
}

fn consume(mut tasks: mpsc::Receiver<Task>, seen: &mpsc::Sender<Seen>, folder: Option<&Path>) {
    let Ok(mut decoder) = H264Decoder::new() else {
        tracing::error!("the H.264 decoder could not be made");
        return;
    };
    let mut newest: Option<Picture> = None;
    let mut saved = 0;
    while let Some(task) = tasks.blocking_recv() {
        let told = match task {
            Task::Decode(bytes) => decode(&mut decoder, &bytes, &mut newest),
            Task::Save => save(newest.take().as_ref(), folder, &mut saved),
        };
        if let Some(told) = told
            && seen.blocking_send(told).is_err()
        {
            break;
        }
    }
    if let Some(told) = save(newest.as_ref(), folder, &mut saved) {
        // Nobody may listen any more; the picture is saved all the same.
        drop(seen.blocking_send(told));
    }
}

fn decode(decoder: &mut H264Decoder, bytes: &[u8], newest: &mut Option<Picture>) -> Option<Seen> {
    match decoder.decode(bytes) {
        Ok(Some(picture)) => {
            let size = (picture.width(), picture.height());
            let counter = counter::read(picture.luma(), picture.width(), picture.width());
            *newest = Some(picture);
            Some(Seen::Picture { size, counter })
        }
        Ok(None) => None,
        Err(error) => {
            report(&error);
            Some(Seen::KeyFrameWanted)
        }
    }
}

fn report(error: &DecodeError) {
    tracing::debug!(%error, "a picture could not be decoded; asking for a new one");
}

fn save(newest: Option<&Picture>, folder: Option<&Path>, saved: &mut u32) -> Option<Seen> {
    let (picture, folder) = (newest?, folder?);
    let file = folder.join(format!("frame-{saved:04}.png"));
    *saved += 1;
    let written = picture
        .to_png()
        .map_err(|error| error.to_string())
        .and_then(|png| std::fs::write(&file, png).map_err(|error| error.to_string()));
    Some(match written {
        Ok(()) => Seen::Saved(file),
        Err(problem) => Seen::NotSaved(format!(
            "could not save {}: {problem}; choose another folder with --save-frames",
            file.display()
        )),
    })
}
