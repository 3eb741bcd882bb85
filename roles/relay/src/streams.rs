//! Serves clients over TCP and TLS: frames in, a bounded queue out.
//!
//! A client that reads too slowly loses datagrams first, as on any network;
//! when not even an answer fits into its queue its stream is closed.

use crate::engine::{Engine, lock};
use hopsight_turn::framing::StreamReader;
use hopsight_turn::{Delivery, FiveTuple, Input};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The queues of the clients with a stream.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    queues: Mutex<BTreeMap<FiveTuple, mpsc::Sender<Vec<u8>>>>,
}

impl Streams {
    /// A queue for this client; none when there are too many streams, or this
    /// 5-tuple has one.
    fn open(&self, client: FiveTuple) -> Option<mpsc::Receiver<Vec<u8>>> {
        let mut queues = lock(&self.queues);
        if queues.len() >= STREAMS || queues.contains_key(&client) {
            return None;
        }
        let (queue, queued) = mpsc::channel(QUEUE);
        queues.insert(client, queue);
        Some(queued)
    }

    /// Whether it was queued.
    pub(crate) fn send(&self, to: &FiveTuple, bytes: Vec<u8>, delivery: Delivery) -> bool {
        let mut queues = lock(&self.queues);
        let Some(queue) = queues.get(to) else {
            return false;
        };
        let has_room = match delivery {
            Delivery::Answer => true,
            Delivery::Datagram => queue.capacity() > KEPT_FOR_ANSWERS,
        };
        if !has_room {
            return false;
        }
        let is_sent = queue.try_send(bytes).is_ok();
        if !is_sent {
            queues.remove(to);
        }
        is_sent
    }

    /// The stream ends when its queue is empty.
    pub(crate) fn close(&self, client: &FiveTuple) {
        lock(&self.queues).remove(client);
    }
}

/// Serves one stream until it ends.
pub(crate) async fn serve(
    engine: Arc<Engine>,
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    client: FiveTuple,
) {
    let Some(queued) = engine.streams().open(client) else {
        tracing::warn!(client = %client.client, "closed a stream: the relay has too many");
        return;
    };
    let (reader, mut writer) = tokio::io::split(io);
    tokio::select! {
        () = read(&engine, reader, client) => {}
        () = write(&mut writer, queued) => {}
    }
    engine.streams().close(&client);
    engine.input(Input::ClientGone { client });
    // The other end may be gone; then there is nobody to say good-bye to.
    let _said = timeout(Duration::from_secs(1), writer.shutdown()).await;
}

/// Ends when the stream does, holds something else than frames, or is silent
/// without an allocation.
async fn read(engine: &Arc<Engine>, mut reader: impl AsyncRead + Unpin, client: FiveTuple) {
    let mut frames = StreamReader::default();
    let mut buffer = vec![0; 16_384];
    loop {
        let length = match timeout(PATIENCE, reader.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(length)) => length,
            Err(_) if engine.holds(&client) => continue,
            Err(_) => return,
        };
        frames.push(buffer.get(..length).unwrap_or_default());
        loop {
            match frames.next_frame() {
                Ok(Some(bytes)) => engine.input(Input::FromClient {
                    from: client,
                    bytes,
                }),
                Ok(None) => break,
                Err(error) => {
                    tracing::debug!(client = %client.client, %error, "closed a stream");
                    return;
                }
            }
        }
    }
}

/// Ends when the queue is closed, the stream broken, or the client takes
/// nothing for too long.
async fn write(writer: &mut (impl AsyncWrite + Unpin), mut queued: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = queued.recv().await {
        match timeout(PATIENCE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
        if queued.is_empty() && writer.flush().await.is_err() {
            return;
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
const STREAMS: usize = 4096;
/// Messages that may wait for a client: a few pictures' worth.
const QUEUE: usize = 512;
/// Places of the queue that datagrams leave free.
const KEPT_FOR_ANSWERS: usize = 32;
