//! Decides which transaction a message belongs to (RFC 3261 sections 17.1.3
//! and 17.2.3, with 2.3's rule for senders that know no magic cookie).

use crate::message::{Message, Method};

/// Finds a server transaction: branch, sent-by and method of the request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerKey {
    branch: String,
    sent_by: String,
    method: Method,
}

/// Finds a client transaction: the branch we put into our Via, and the method.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientKey {
    branch: String,
    method: Method,
}

impl ServerKey {
    /// The transaction of a request; an ACK belongs to its INVITE.
    #[must_use]
    pub fn of(request: &Message) -> Option<Self> {
        let method = request.method()?;
        let is_ack = *method == Method::Ack;
        let method = if is_ack { &Method::Invite } else { method };
        Self::with_method(request, method.clone())
    }

    /// The INVITE that a CANCEL is about (RFC 3261 section 9.2).
    #[must_use]
    pub fn cancelled_by(cancel: &Message) -> Option<Self> {
        Self::with_method(cancel, Method::Invite)
    }

    /// The method of the transaction.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    fn with_method(request: &Message, method: Method) -> Option<Self> {
        let via = request.via_top()?;
        let branch = match via.branch() {
            Some(branch) if is_unique(branch) => branch.to_owned(),
            Some(_) | None => older_branch(request)?,
        };
        Some(Self {
            branch,
            sent_by: via.sent_by(),
            method,
        })
    }
}

impl ClientKey {
    /// The transaction of a request of ours, or of a response to one.
    #[must_use]
    pub fn of(message: &Message) -> Option<Self> {
        let (_, method) = message.cseq()?;
        let branch = message.via_top()?.branch()?.to_owned();
        Some(Self { branch, method })
    }

    /// The branch of our Via.
    #[must_use]
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The method of the transaction.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }
}

/// A branch of RFC 3261: the cookie, and something behind it.
fn is_unique(branch: &str) -> bool {
    branch.len() > COOKIE.len()
        && branch
            .get(..COOKIE.len())
            .is_some_and(|cookie| cookie.eq_ignore_ascii_case(COOKIE))
}

/// What stands for a branch in requests of RFC 2543. The To tag is left out:
/// the ACK of a refused INVITE has one where the INVITE had none.
fn older_branch(request: &Message) -> Option<String> {
    let from = request.from()?;
    let via = request.header("Via")?;
    Some(format!(
        "{} {} {} {} {via}",
        request.call_id()?,
        from.tag().unwrap_or_default(),
        request.cseq()?.0,
        request.request_uri()?,
    ))
}

const COOKIE: &str = "z9hG4bK";
