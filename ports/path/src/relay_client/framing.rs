//! Decides where a message ends in a byte stream to a relay: STUN messages tell
//! their length, channel data too and is padded to four bytes (RFC 8656,
//! section 12.5). The client library neither adds nor takes that padding.

use std::collections::VecDeque;

/// Bytes of a stream that have not become messages yet.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    buffer: VecDeque<u8>,
}

/// The stream carries something that is neither STUN nor channel data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTurn;

impl Framing {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// The next whole message, without padding.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, NotTurn> {
        let header: Vec<u8> = self.buffer.iter().take(4).copied().collect();
        let Ok([first, second, third, fourth]) = <[u8; 4]>::try_from(header) else {
            return Ok(None);
        };
        let told = usize::from(u16::from_be_bytes([third, fourth]));
        let length = match first {
            0..=3 => told + 20,
            0x40..=0x4F => told + 4,
            _ => return Err(NotTurn),
        };
        let padded = length.next_multiple_of(4);
        let _ = second;
        if self.buffer.len() < padded {
            return Ok(None);
        }
        let mut message: Vec<u8> = self.buffer.drain(..padded).collect();
        message.truncate(length);
        Ok(Some(message))
    }
}

/// A message as it travels on a stream.
pub(crate) fn padded(mut message: Vec<u8>) -> Vec<u8> {
    let length = message.len().next_multiple_of(4);
    message.resize(length, 0);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_however_the_stream_is_cut() {
        let stun = [vec![0, 1, 0, 4], vec![7; 20]].concat();
        let channel = [vec![0x40, 0, 0, 3], vec![9; 3]].concat();
        let stream = [padded(channel.clone()), stun.clone()].concat();
        let mut framing = Framing::default();
        let mut found = Vec::new();

        for byte in stream {
            framing.push(&[byte]);
            found.extend(framing.next().unwrap());
        }

        assert_eq!(found, [channel, stun]);
    }

    #[test]
    fn another_protocol_is_told_from_turn() {
        let mut framing = Framing::default();
        framing.push(b"SSH-2.0-OpenSSH_9.2");

        assert_eq!(framing.next(), Err(NotTurn));
    }
}
