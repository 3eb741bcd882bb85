//! Decides what a SIP message is (RFC 3261 section 7): its bytes as they came,
//! spans into them, and a list of defects. One type serves live traffic and
//! traces; live traffic passes [`Message::strict`] first. Nothing is ever
//! rewritten here: [`Edit`] changes single lines and copies the rest.

mod build;
mod defect;
mod edit;
mod gate;
mod inspect;
mod line;
mod list;
mod method;
mod name;
mod name_addr;
mod start;
mod via;

pub use build::Builder;
pub use defect::{Defect, Problem, Severity};
pub use edit::Edit;
pub use gate::Refusal;
pub use list::Parameters;
pub use method::Method;
pub use name_addr::{NameAddr, NameAddrError};
pub use start::{ReadError, Start};
pub use via::{Via, ViaError};

pub(crate) use list::{quoted, split, unquoted};
pub(crate) use method::is_token;

use line::{Field, slice};
use start::{Kind, StartLine};
use std::ops::Range;
use std::time::Duration;

/// Largest message that live traffic may carry, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Most header lines that live traffic may carry.
pub const MAX_HEADERS: usize = 200;
/// Most Via values that live traffic may carry.
pub const MAX_VIAS: usize = 70;

/// One SIP message, lossless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
    start: StartLine,
    fields: Vec<Field>,
    body: Range<usize>,
    defects: Vec<Defect>,
}

impl Message {
    /// Reads a message and everything that is wrong with it. Line ends before
    /// the start line are skipped (RFC 3261 section 7.5).
    ///
    /// Fails only when there is no start line at all.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut defects = Vec::new();
        let start = StartLine::read(bytes, &mut defects)?;
        Ok(Self::assemble(bytes.to_vec(), start, defects))
    }

    /// The message as it came, byte for byte.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The message as it came, by move.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What is wrong with it, in the order of the bytes.
    #[must_use]
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// The gate for live traffic: only what passes may be forwarded or acted
    /// upon.
    pub fn strict(&self) -> Result<(), Refusal> {
        gate::check(self)
    }

    /// What the start line says.
    #[must_use]
    pub fn start(&self) -> Start<'_> {
        self.start.view(&self.bytes)
    }

    /// True for a request.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self.start.kind, Kind::Request { .. })
    }

    /// The method of a request.
    #[must_use]
    pub const fn method(&self) -> Option<&Method> {
        match &self.start.kind {
            Kind::Request { method, .. } => Some(method),
            Kind::Response { .. } => None,
        }
    }

    /// The Request-URI of a request, as written.
    #[must_use]
    pub fn request_uri(&self) -> Option<&str> {
        match &self.start.kind {
            Kind::Request { uri, .. } => Some(uri.of(&self.bytes)),
            Kind::Response { .. } => None,
        }
    }

    /// The status of a response.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match &self.start.kind {
            Kind::Request { .. } => None,
            Kind::Response { status, .. } => Some(*status),
        }
    }

    /// The first line of this header: unfolded, without white space around it.
    /// Compact forms and any case are found. Bytes that are no UTF-8 read as
    /// Latin-1; [`Message::header_bytes`] has them as they came.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// The first line of this header as it came, folds included.
    #[must_use]
    pub fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields_named(name).next()?;
        Some(slice(&self.bytes, &field.value.span))
    }

    /// Every line of this header, like [`Message::header`].
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields_named(name)
            .map(|field| field.value.of(&self.bytes))
    }

    /// Every header in order: name as written, value like
    /// [`Message::header`]. Lines that are no header are left to the defects.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .filter(|field| !field.name.is_empty())
            .map(|field| {
                let name = std::str::from_utf8(slice(&self.bytes, &field.name));
                (name.unwrap_or_default(), field.value.of(&self.bytes))
            })
    }

    /// Every value of this header, over all its lines, split at commas that
    /// stand outside quotation marks and angle brackets. Headers that cannot
    /// be lists (Authorization, Subject, Date, From …) stay whole.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        if name::is_single(name) {
            return self.headers(name).collect();
        }
        self.headers(name)
            .flat_map(|line| {
                split(line.as_bytes(), b',')
                    .into_iter()
                    .filter_map(|span| line.get(span))
            })
            .map(str::trim)
            .collect()
    }

    /// The body, as long as Content-Length says and there are bytes for.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        slice(&self.bytes, &self.body)
    }

    /// The topmost Via value, if it can be read.
    #[must_use]
    pub fn via_top(&self) -> Option<Via> {
        Via::parse(self.values("Via").first()?).ok()
    }

    /// The From header, if it can be read.
    #[must_use]
    pub fn from(&self) -> Option<NameAddr> {
        NameAddr::parse(self.header("From")?).ok()
    }

    /// The To header, if it can be read.
    #[must_use]
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(self.header("To")?).ok()
    }

    /// Every readable address of a header such as Contact, Route or
    /// Record-Route. `Contact: *` is no address.
    #[must_use]
    pub fn addresses(&self, name: &str) -> Vec<NameAddr> {
        self.values(name)
            .into_iter()
            .filter_map(|value| NameAddr::parse(value).ok())
            .collect()
    }

    /// The Contact addresses.
    #[must_use]
    pub fn contacts(&self) -> Vec<NameAddr> {
        self.addresses("Contact")
    }

    /// The Call-ID.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.header("Call-ID")
    }

    /// Number (below 2^31) and method of CSeq, if they can be read.
    #[must_use]
    pub fn cseq(&self) -> Option<(u32, Method)> {
        let mut words = self.header("CSeq")?.split_ascii_whitespace();
        let number = number(words.next()?)?;
        let method = words.next().filter(|name| is_token(name.as_bytes()))?;
        let is_whole = words.next().is_none() && number < 1 << 31;
        is_whole.then(|| (number, Method::from(method)))
    }

    /// Hops that are left, if the header can be read.
    #[must_use]
    pub fn max_forwards(&self) -> Option<u8> {
        number(self.header("Max-Forwards")?)
    }

    /// Length of the body by its header: `None` when there is none, or none
    /// that reads as one number.
    #[must_use]
    pub fn content_length(&self) -> Option<usize> {
        self.declared_length().ok().flatten()
    }

    /// The Expires header: how long, if it can be read.
    #[must_use]
    pub fn expires(&self) -> Option<Duration> {
        let seconds: u32 = number(self.header("Expires")?)?;
        Some(Duration::from_secs(seconds.into()))
    }

    /// An edit of this message: changes single lines, keeps everything else
    /// byte for byte.
    #[must_use]
    pub fn edit(&self) -> Edit<'_> {
        Edit::new(self)
    }

    fn assemble(bytes: Vec<u8>, start: StartLine, mut defects: Vec<Defect>) -> Self {
        let head = line::read_head(&bytes, start.end);
        defects.extend(head.defects);
        let mut message = Self {
            body: head.body..bytes.len(),
            fields: head.fields,
            bytes,
            start,
            defects,
        };
        message.measure_body();
        let found = inspect::inspect(&message);
        message.defects.extend(found);
        message.defects.sort_by_key(|defect| defect.at);
        message
    }

    fn measure_body(&mut self) {
        let (at, problem) = match self.declared_length() {
            Err(()) => (self.place_of("Content-Length"), Problem::ContentLength),
            Ok(Some(length)) if length > self.body.len() => {
                (self.bytes.len(), Problem::BodyTooShort)
            }
            Ok(Some(length)) if length < self.body.len() => {
                self.body.end = self.body.start + length;
                (self.body.end, Problem::TrailingBytes)
            }
            Ok(_) => return,
        };
        self.defects.push(Defect { at, problem });
    }

    /// The one number that all Content-Length values agree on.
    fn declared_length(&self) -> Result<Option<usize>, ()> {
        let mut agreed = None;
        for value in self.values("Content-Length") {
            let length = number(value).ok_or(())?;
            if agreed.is_some_and(|earlier| earlier != length) {
                return Err(());
            }
            agreed = Some(length);
        }
        Ok(agreed)
    }

    /// Length of start line, headers and the empty line behind them.
    pub(crate) const fn head_length(&self) -> usize {
        self.body.start
    }

    fn fields_named(&self, name: &str) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(move |field| name::is_same(name, slice(&self.bytes, &field.name)))
    }

    fn place_of(&self, name: &str) -> usize {
        self.fields_named(name)
            .next()
            .map_or(self.start.end, |field| field.line.start)
    }
}

/// Digits only: `str::parse` alone would let a sign through.
fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}
