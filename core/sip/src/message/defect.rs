//! Decides what can be wrong with a message, which RFC says so, and whether
//! live traffic may still carry it. Finding the defects is left to the reader
//! and to `inspect`.

use super::name_addr::NameAddrError;
use super::via::ViaError;
use crate::uri::UriError;
use hopsight_kit::{Place, Remark};

/// One thing about a message that its RFC forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Offset of the first byte concerned.
    pub at: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What a defect means for live traffic. A trace shows both kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Carried and remarked: nobody can read it two ways.
    Note,
    /// Not carried: refused with this status, or dropped.
    Refuse(u16),
}

/// The kinds of defects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The message is over 64 kB.
    #[error("the message is larger than {} bytes", super::MAX_BYTES)]
    TooLarge,
    /// More header lines than anybody needs.
    #[error("the message has more than {} headers", super::MAX_HEADERS)]
    TooManyHeaders,
    /// More hops than a request can have made.
    #[error("the message has more than {} Via values", super::MAX_VIAS)]
    TooManyVias,
    /// Anything but single spaces between the parts of the start line.
    #[error("the start line has white space in the wrong place")]
    StartLine,
    /// Not `SIP/2.0`.
    #[error("the message is not of SIP version 2.0")]
    Version,
    /// The method holds a character that no token has.
    #[error("the method is no token")]
    Method,
    /// The status is not between 100 and 699.
    #[error("the status code is not between 100 and 699")]
    Status,
    /// The Request-URI cannot be read, or carries headers.
    #[error("the Request-URI is malformed: {0}")]
    RequestUri(UriError),
    /// `?` in a Request-URI.
    #[error("the Request-URI carries headers")]
    RequestUriHeaders,
    /// A line ended by LF alone.
    #[error("the line ends without a carriage return")]
    BareLineFeed,
    /// A control character that is not escaped in a quoted text.
    #[error("there is a control character")]
    ControlCharacter,
    /// A line that is neither a header nor the continuation of one.
    #[error("the line is no header")]
    NoHeader,
    /// A header name that is no token.
    #[error("the header name is no token")]
    HeaderName,
    /// A byte that is no UTF-8; carried as it is, shown as Latin-1.
    #[error("the header is not UTF-8")]
    NotUtf8,
    /// The empty line after the headers never came.
    #[error("the headers do not end with an empty line")]
    NoEmptyLine,
    /// A header that every message must have.
    #[error("there is no {0} header")]
    Missing(&'static str),
    /// RFC 2543 had no Max-Forwards; a proxy adds it (section 16.6).
    #[error("there is no Max-Forwards header")]
    NoMaxForwards,
    /// A header that may stand only once.
    #[error("the {0} header stands there twice")]
    Repeated(&'static str),
    /// Content-Length is no number, or several that differ.
    #[error("Content-Length is no single number")]
    ContentLength,
    /// Less body than promised.
    #[error("the body is shorter than Content-Length says")]
    BodyTooShort,
    /// More bytes than promised; not part of the message.
    #[error("bytes follow the end of the body")]
    TrailingBytes,
    /// CSeq is no number below 2^31 and a method.
    #[error("CSeq is no number below 2^31 and a method")]
    CSeq,
    /// The method in CSeq is not that of the request.
    #[error("CSeq names another method than the request")]
    CSeqMethod,
    /// Max-Forwards is no number from 0 to 255.
    #[error("Max-Forwards is no number from 0 to 255")]
    MaxForwards,
    /// A Date that is not in GMT.
    #[error("the Date is not in GMT")]
    Date,
    /// A Via value cannot be read.
    #[error("a Via value is malformed: {0}")]
    Via(ViaError),
    /// An address cannot be read.
    #[error("the {0} header is malformed: {1}")]
    Address(&'static str, NameAddrError),
}

impl Defect {
    /// The section that forbids it.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self.problem {
            Problem::TooLarge => "RFC 3261 section 21.5.7",
            Problem::TooManyHeaders => "RFC 3261 section 26.3.2.4",
            Problem::TooManyVias => "RFC 3261 section 8.1.1.6",
            Problem::StartLine | Problem::Method => "RFC 3261 section 7.1",
            Problem::Version => "RFC 3261 section 21.5.6",
            Problem::Status => "RFC 3261 section 7.2",
            Problem::RequestUri(_) => "RFC 3261 section 19.1.1",
            Problem::RequestUriHeaders => "RFC 3261 section 19.1.5",
            Problem::BareLineFeed => "RFC 3261 section 7",
            Problem::ControlCharacter | Problem::HeaderName | Problem::NotUtf8 => {
                "RFC 3261 section 25.1"
            }
            Problem::NoHeader => "RFC 3261 section 7.3.1",
            Problem::NoEmptyLine => "RFC 3261 section 7.4",
            Problem::Missing(_) | Problem::NoMaxForwards => "RFC 3261 section 8.1.1",
            Problem::Repeated(_) => "RFC 3261 section 7.3.1",
            Problem::ContentLength => "RFC 3261 section 20.14",
            Problem::BodyTooShort | Problem::TrailingBytes => "RFC 3261 section 18.3",
            Problem::CSeq => "RFC 3261 section 20.16",
            Problem::CSeqMethod => "RFC 3261 section 8.1.1.5",
            Problem::MaxForwards => "RFC 3261 section 20.22",
            Problem::Date => "RFC 3261 section 20.17",
            Problem::Via(_) => "RFC 3261 section 20.42",
            Problem::Address(_, _) => "RFC 3261 section 20.10",
        }
    }

    /// What it means for live traffic.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self.problem {
            Problem::NotUtf8 | Problem::TrailingBytes | Problem::NoMaxForwards | Problem::Date => {
                Severity::Note
            }
            Problem::TooLarge => Severity::Refuse(513),
            Problem::Version => Severity::Refuse(505),
            Problem::TooManyHeaders
            | Problem::TooManyVias
            | Problem::StartLine
            | Problem::Method
            | Problem::Status
            | Problem::RequestUri(_)
            | Problem::RequestUriHeaders
            | Problem::BareLineFeed
            | Problem::ControlCharacter
            | Problem::NoHeader
            | Problem::HeaderName
            | Problem::NoEmptyLine
            | Problem::Missing(_)
            | Problem::Repeated(_)
            | Problem::ContentLength
            | Problem::BodyTooShort
            | Problem::CSeq
            | Problem::CSeqMethod
            | Problem::MaxForwards
            | Problem::Via(_)
            | Problem::Address(_, _) => Severity::Refuse(400),
        }
    }

    /// The same as a remark of a trace reader.
    #[must_use]
    pub fn remark(&self) -> Remark {
        Remark {
            place: Place::Byte(self.at),
            problem: format!("{} ({})", self.problem, self.section()),
        }
    }
}
