//! Decides where one message ends and the next begins on a TCP or TLS stream
//! (RFC 8656, sections 3.1 and 12.5): STUN by its length, ChannelData by its
//! length padded to four.

use crate::message::{HEADER_LENGTH, MAGIC_COOKIE};

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub struct StreamReader {
    buffer: Vec<u8>,
    taken: usize,
    has_begun: bool,
}

/// A stream that is neither STUN nor ChannelData. Nothing after it can be
/// read: close the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream holds something that is neither STUN nor ChannelData")]
pub struct FramingError;

impl StreamReader {
    /// Takes in what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken.min(self.buffer.len()));
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame without its padding, or `None` until more arrives.
    /// Call until `None` after each push.
    ///
    /// # Errors
    /// [`FramingError`], when the stream holds something else.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FramingError> {
        let rest = self.buffer.get(self.taken..).unwrap_or_default();
        let Some((header, _)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let [first, _, l0, l1] = *header;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (frame, on_wire) = match first {
            0x00..=0x3F => {
                check_stun(rest, length)?;
                (HEADER_LENGTH + length, HEADER_LENGTH + length)
            }
            // Foreign tools use the numbers of RFC 5766, up to 0x7FFF. None is bound before the first request.
            0x40..=0x7F if self.has_begun => (4 + length, (4 + length).next_multiple_of(4)),
            _ => return Err(FramingError),
        };
        if rest.len() < on_wire {
            return Ok(None);
        }
        let start = self.taken;
        self.taken += on_wire;
        self.has_begun = true;
        Ok(self.buffer.get(start..start + frame))
    }
}

/// A wrong length or cookie would make the rest of the stream be read as
/// something it is not.
fn check_stun(rest: &[u8], length: usize) -> Result<(), FramingError> {
    let cookie_is_right = rest
        .get(4..8)
        .is_none_or(|cookie| cookie == MAGIC_COOKIE.to_be_bytes());
    if length.is_multiple_of(4) && cookie_is_right {
        Ok(())
    } else {
        Err(FramingError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Class, Method, TransactionId, Writer};

    #[test]
    fn frames_come_out_whole_however_the_bytes_arrive() {
        let binding = Writer::new(Class::Request, Method::Binding, TransactionId([1; 12])).finish();
        let channel = [0x40, 0x00, 0, 5, 1, 2, 3, 4, 5];
        let wire = [&binding[..], &channel, &[0; 3], &binding].concat();

        for size in 1..wire.len() {
            let mut reader = StreamReader::default();
            let mut frames = Vec::new();
            for piece in wire.chunks(size) {
                reader.push(piece);
                while let Some(frame) = reader.next_frame().unwrap() {
                    frames.push(frame.to_vec());
                }
            }

            assert_eq!(frames, [&binding[..], &channel, &binding]);
        }
    }

    #[test]
    fn a_stream_of_something_else_is_refused() {
        let mut reader = StreamReader::default();
        reader.push(b"\x00\x01\x00\x00GET / HTTP/1.1");

        assert_eq!(reader.next_frame(), Err(FramingError));
    }

    #[test]
    fn first_bytes_that_begin_no_frame_are_refused() {
        for first in [0x40, 0x47, 0x50, 0x80, 0xC0] {
            let mut reader = StreamReader::default();
            reader.push(&[first, 0, 0, 0]);

            assert_eq!(reader.next_frame(), Err(FramingError));
        }
    }
}
