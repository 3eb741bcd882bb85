//! SIP on a stream: the same messages come out in whatever pieces the bytes come
//! in, each of them is a message, and nothing is made up. The first byte says
//! whose end it is and how long the pieces are.

use hopsight_sip::Message;
use hopsight_sip::framing::{Framed, FramingError, StreamReader};

pub(crate) fn run(bytes: &[u8]) {
    let Some((first, stream)) = bytes.split_first() else {
        return;
    };
    let reader = || match first & 1 {
        0 => StreamReader::server(),
        _ => StreamReader::client(),
    };
    let whole = read(reader(), stream, stream.len().max(1));
    assert_eq!(read(reader(), stream, usize::from(first >> 1) + 1), whole);
    let mut length = 0;
    for framed in whole.iter().flatten() {
        length += match framed {
            Framed::Message(message) => is_whole(message),
            Framed::Ping => 4,
            Framed::Pong => 2,
        };
    }
    assert!(length <= stream.len());
    let failed = whole.iter().position(Result::is_err);
    assert!(failed.is_none_or(|at| at + 1 == whole.len()));
}

/// Its length, when it is one message and says how long it is.
fn is_whole(bytes: &[u8]) -> usize {
    let message = Message::read(bytes).expect("a message");
    assert_eq!(message.content_length(), Some(message.body().len()));
    assert!(bytes.ends_with(message.body()));
    bytes.len()
}

fn read(mut reader: StreamReader, stream: &[u8], size: usize) -> Vec<Result<Framed, FramingError>> {
    let mut read = Vec::new();
    for piece in stream.chunks(size) {
        reader.push(piece);
        read.extend(std::iter::from_fn(|| reader.next()));
    }
    assert!(reader.pending() <= stream.len());
    read
}
