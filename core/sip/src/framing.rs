//! Decides where one message ends and the next begins on a stream (RFC 3261
//! section 18.3), and which bytes between messages are keep-alives (RFC 5626
//! section 4.4.1). What a message says is left to its reader.

use crate::message::{MAX_BYTES, Message};

/// What stands on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// One whole message.
    Message(Vec<u8>),
    /// A client's keep-alive: answer it with [`PONG`].
    Ping,
    /// A server's answer to our own [`PING`].
    Pong,
}

/// What a client sends to keep its flow alive.
pub const PING: &[u8] = b"\r\n\r\n";
/// What a server answers.
pub const PONG: &[u8] = b"\r\n";

/// Why a stream cannot be read on. Nothing after this byte can be trusted to
/// begin a message: answer what can be answered, then close.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Not SIP.
    #[error("the bytes on the stream are no SIP message")]
    NoMessage,
    /// Content-Length is missing, or no single number, or where the headers end
    /// can be read two ways. The message up to its
    /// empty line is given, so that a request can be answered with 400.
    #[error("the message does not say how long its body is")]
    NoLength {
        /// Start line and headers.
        head: Vec<u8>,
    },
    /// Headers, or headers and body together, are over the limit.
    #[error("the message on the stream is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
        /// Start line and headers, if they came whole (answer with 513).
        head: Option<Vec<u8>>,
    },
}

/// Cuts one direction of a stream into messages. Each byte is looked at a
/// fixed number of times, however small the pieces are that it comes in.
#[derive(Clone, Debug)]
pub struct StreamReader {
    buffer: Vec<u8>,
    /// Bytes at the start of the buffer that are dealt with.
    taken: usize,
    side: Side,
    /// Waiting bytes that hold no end of the headers.
    searched: usize,
    /// Length of the waiting message, once its head is in.
    expected: Option<usize>,
    has_failed: bool,
}

/// Whose end of the stream this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

impl StreamReader {
    /// For a server: two line ends between messages are a ping.
    #[must_use]
    pub const fn server() -> Self {
        Self::new(Side::Server)
    }

    /// For a client: one line end between messages is a pong.
    #[must_use]
    pub const fn client() -> Self {
        Self::new(Side::Client)
    }

    const fn new(side: Side) -> Self {
        Self {
            buffer: Vec::new(),
            taken: 0,
            side,
            searched: 0,
            expected: None,
            has_failed: false,
        }
    }

    /// Takes over what was read from the stream. After an error it is ignored.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.has_failed {
            return;
        }
        self.buffer.drain(..self.taken.min(self.buffer.len()));
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next message or keep-alive out. `None`: more bytes are
    /// needed, or the stream has failed before.
    #[expect(
        clippy::should_implement_trait,
        reason = "None means not yet, where an iterator's None means never again"
    )]
    pub fn next(&mut self) -> Option<Result<Framed, FramingError>> {
        if self.has_failed {
            return None;
        }
        if let Some(keepalive) = self.keepalive() {
            return Some(Ok(keepalive));
        }
        match self.message()? {
            Ok(message) => Some(Ok(Framed::Message(message))),
            Err(error) => {
                self.has_failed = true;
                self.buffer = Vec::new();
                self.taken = 0;
                Some(Err(error))
            }
        }
    }

    /// How many bytes wait for the rest of their message.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.waiting().len()
    }

    fn waiting(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }

    fn keepalive(&mut self) -> Option<Framed> {
        if self.expected.is_some() || self.searched > 0 {
            return None;
        }
        let waiting = self.waiting();
        let blank = waiting
            .chunks_exact(2)
            .take(2)
            .take_while(|pair| *pair == PONG)
            .count();
        let (length, keepalive) = match (self.side, blank) {
            (Side::Client, 1..) => (2, Some(Framed::Pong)),
            (Side::Server, 2..) => (4, Some(Framed::Ping)),
            (Side::Server, 1) if waiting.len() > 3 => (2, None),
            (Side::Client | Side::Server, _) => (0, None),
        };
        self.taken += length;
        keepalive
    }

    fn message(&mut self) -> Option<Result<Vec<u8>, FramingError>> {
        let length = match self.expected {
            Some(length) => length,
            None => match self.measure()? {
                Ok(length) => length,
                Err(error) => return Some(Err(error)),
            },
        };
        self.expected = Some(length);
        let message = self.waiting().get(..length)?.to_vec();
        self.taken += length;
        self.expected = None;
        self.searched = 0;
        Some(Ok(message))
    }

    /// The length of the waiting message, once its head is in.
    fn measure(&mut self) -> Option<Result<usize, FramingError>> {
        let limit = MAX_BYTES;
        let Some(end) = self.head_end() else {
            let is_over = self.pending() > limit;
            return is_over.then_some(Err(FramingError::TooLarge { limit, head: None }));
        };
        let head = self.waiting().get(..end).unwrap_or_default();
        let Ok(message) = Message::read(head) else {
            return Some(Err(FramingError::NoMessage));
        };
        // Line ends that are no line ends to everybody end the headers earlier.
        let is_whole = message.head_length() == end;
        let Some(body) = message.content_length().filter(|_| is_whole) else {
            let head = message.into_bytes();
            return Some(Err(FramingError::NoLength { head }));
        };
        let whole = end.saturating_add(body);
        if whole > limit {
            let head = Some(message.into_bytes());
            return Some(Err(FramingError::TooLarge { limit, head }));
        }
        Some(Ok(whole))
    }

    fn head_end(&mut self) -> Option<usize> {
        let from = self.searched.saturating_sub(3);
        let waiting = self.waiting();
        let found = waiting
            .get(from..)?
            .windows(4)
            .position(|window| window == PING);
        // Up to three bytes may still turn out to begin with a keep-alive.
        if waiting.len() > 3 {
            self.searched = waiting.len();
        }
        found.map(|position| from + position + 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_however_the_bytes_come_in() {
        let stream = [BYE, b"\r\n\r\n", MESSAGE, BYE].concat();
        let whole = [
            Ok(Framed::Message(BYE.to_vec())),
            Ok(Framed::Ping),
            Ok(Framed::Message(MESSAGE.to_vec())),
            Ok(Framed::Message(BYE.to_vec())),
        ];

        for size in [1, 2, 3, 7, 64, stream.len()] {
            assert_eq!(read(StreamReader::server(), &stream, size), whole, "{size}");
        }
    }

    #[test]
    fn a_client_sees_pongs_where_a_server_skips_a_line_end() {
        let stream = [b"\r\n", BYE].concat();
        let message = Ok(Framed::Message(BYE.to_vec()));

        for size in [1, 5, stream.len()] {
            let client = read(StreamReader::client(), &stream, size);
            let server = read(StreamReader::server(), &stream, size);
            assert_eq!(client, [Ok(Framed::Pong), message.clone()]);
            assert_eq!(server, std::slice::from_ref(&message));
        }
    }

    #[test]
    fn conflicting_lengths_end_the_stream_with_the_head_to_answer() {
        let head = b"BYE sip:a@h SIP/2.0\r\nContent-Length: 4\r\nl: 6\r\n\r\n";
        let stream = [head, &b"abcdef"[..], BYE].concat();

        let error = FramingError::NoLength {
            head: head.to_vec(),
        };
        assert_eq!(read(StreamReader::server(), &stream, 9), [Err(error)]);
    }

    #[test]
    fn headers_that_end_in_two_places_end_the_stream() {
        let head = b"BYE sip:a@h SIP/2.0\nContent-Length: 2\n\nBYE sip:b@h SIP/2.0\r\n\r\n";
        let stream = [&head[..], b"ab", BYE].concat();

        let error = FramingError::NoLength {
            head: head.to_vec(),
        };
        assert_eq!(read(StreamReader::server(), &stream, 9), [Err(error)]);
    }

    #[test]
    fn what_is_too_large_ends_the_stream_before_it_is_stored() {
        let head = b"BYE sip:a@h SIP/2.0\r\nContent-Length: 65536\r\n\r\n";
        let too_large = |head: Option<&[u8]>| {
            Err(FramingError::TooLarge {
                limit: MAX_BYTES,
                head: head.map(<[u8]>::to_vec),
            })
        };

        assert_eq!(
            read(StreamReader::server(), head, 9),
            [too_large(Some(head))]
        );
        let endless = [b"BYE sip:a@h SIP/2.0\r\nX: ".to_vec(), vec![b'x'; 65536]].concat();
        assert_eq!(
            read(StreamReader::server(), &endless, 4096),
            [too_large(None)]
        );
    }

    #[test]
    fn a_flood_of_keepalives_is_counted_and_leaves_nothing() {
        let mut reader = StreamReader::server();
        reader.push(&PING.repeat(10_000));

        assert_eq!(std::iter::from_fn(|| reader.next()).count(), 10_000);
        assert_eq!(reader.pending(), 0);
    }

    #[test]
    fn another_protocol_is_named_as_such() {
        let stream = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

        assert_eq!(
            read(StreamReader::server(), stream, 64),
            [Err(FramingError::NoMessage)]
        );
    }

    const BYE: &[u8] = b"BYE sip:a@h SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    const MESSAGE: &[u8] = b"MESSAGE sip:a@h SIP/2.0\r\nl: 8\r\n\r\n\r\n\r\nBYE ";

    fn read(
        mut reader: StreamReader,
        stream: &[u8],
        size: usize,
    ) -> Vec<Result<Framed, FramingError>> {
        let mut read = Vec::new();
        for piece in stream.chunks(size) {
            reader.push(piece);
            while let Some(next) = reader.next() {
                read.push(next);
            }
        }
        read
    }
}
