//! TURN on a stream: the same frames come out in whatever pieces the bytes come
//! in, and each begins as a frame does. The first byte is the length of a piece.

use hopsight_turn::framing::{FramingError, StreamReader};
use hopsight_turn::message::HEADER_LENGTH;

pub(crate) fn run(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else {
        return;
    };
    let (frames, end) = read(stream, stream.len().max(1));
    assert_eq!(read(stream, usize::from(*size) + 1), (frames.clone(), end));
    assert!(frames.iter().map(Vec::len).sum::<usize>() <= stream.len());
    for frame in &frames {
        let (first, shortest) = match frame.first() {
            Some(first @ 0x00..=0x3F) => (first, HEADER_LENGTH),
            Some(first @ 0x40..=0x4F) => (first, 4),
            other => panic!("a frame begins with {other:?}"),
        };
        assert!(frame.len() >= shortest, "{first:#x}");
    }
    assert!(
        frames
            .first()
            .is_none_or(|frame| frame.first() < Some(&0x40))
    );
}

fn read(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Result<(), FramingError>) {
    let mut reader = StreamReader::default();
    let mut frames = Vec::new();
    for piece in stream.chunks(size) {
        reader.push(piece);
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame.to_vec()),
                Ok(None) => break,
                Err(error) => return (frames, Err(error)),
            }
        }
    }
    (frames, Ok(()))
}
