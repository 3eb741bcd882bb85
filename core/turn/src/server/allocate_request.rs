//! Reads what an Allocate asks for, refusing in the order of RFC 8656, section
//! 7.2. Whether there is room for it is left to `allocate`.

use super::answer::{Failure, Request, fixed};
use crate::families::{Families, Family};
use crate::message::AttributeKind;
use std::time::Duration;

/// What an Allocate asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) families: Families,
    /// An additional IPv6 address is asked for and there is none.
    pub(super) lacks_ipv6: bool,
    pub(super) port: PortWish,
    pub(super) lifetime: Duration,
}

/// Which port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortWish {
    Any,
    /// EVEN-PORT.
    Even,
    /// EVEN-PORT with the R bit: the next one in reserve.
    EvenWithNext,
    /// RESERVATION-TOKEN: the one in reserve.
    Reserved([u8; 8]),
}

impl Wish {
    pub(super) fn read(request: &Request<'_>, has_ipv6: bool) -> Result<Self, Failure> {
        check_transport(request)?;
        // Served always: the sockets can set the bit.
        fixed::<0>(request, AttributeKind::DontFragment)?;
        let port = port_wish(request)?;
        let requested = family(request, AttributeKind::RequestedAddressFamily)?;
        let additional = family(request, AttributeKind::AdditionalAddressFamily)?;
        let may_name_family = !matches!(port, PortWish::Reserved(_));
        let may_add_family = matches!(port, PortWish::Any | PortWish::Even);
        if (requested.is_some() && !may_name_family) || (additional.is_some() && !may_add_family) {
            return Err(Failure::BadRequest);
        }
        let (families, lacks_ipv6) = families(requested, additional, has_ipv6)?;
        Ok(Self {
            families,
            lacks_ipv6,
            port,
            lifetime: granted(lifetime(request)?),
        })
    }
}

/// The lifetime a request asks for.
pub(super) fn lifetime(request: &Request<'_>) -> Result<Option<Duration>, Failure> {
    let seconds = fixed(request, AttributeKind::Lifetime)?.map(u32::from_be_bytes);
    Ok(seconds.map(|seconds| Duration::from_secs(u64::from(seconds))))
}

/// What is granted of a lifetime asked for: between ten minutes and an hour
/// (RFC 8656, section 7.2).
pub(super) fn granted(asked: Option<Duration>) -> Duration {
    asked
        .unwrap_or(DEFAULT_LIFETIME)
        .clamp(DEFAULT_LIFETIME, LONGEST_LIFETIME)
}

/// The value of a LIFETIME attribute.
pub(super) fn lifetime_value(lifetime: Duration) -> [u8; 4] {
    u32::try_from(lifetime.as_secs())
        .unwrap_or(u32::MAX)
        .to_be_bytes()
}

/// The number in an attribute that names a family.
pub(super) fn family(request: &Request<'_>, kind: AttributeKind) -> Result<Option<u8>, Failure> {
    let value: Option<[u8; 4]> = fixed(request, kind)?;
    Ok(value.map(|[number, ..]| number))
}

fn check_transport(request: &Request<'_>) -> Result<(), Failure> {
    match fixed(request, AttributeKind::RequestedTransport)? {
        Some([UDP, _, _, _]) => Ok(()),
        Some([_, _, _, _]) => Err(Failure::UnsupportedTransport),
        None => Err(Failure::BadRequest),
    }
}

fn port_wish(request: &Request<'_>) -> Result<PortWish, Failure> {
    let token = fixed(request, AttributeKind::ReservationToken)?;
    let even = fixed(request, AttributeKind::EvenPort)?;
    match (token, even) {
        (None, None) => Ok(PortWish::Any),
        (None, Some([flags])) if flags & RESERVE_NEXT == 0 => Ok(PortWish::Even),
        (None, Some([_])) => Ok(PortWish::EvenWithNext),
        (Some(token), None) => Ok(PortWish::Reserved(token)),
        (Some(_), Some([_])) => Err(Failure::BadRequest),
    }
}

/// The families to serve, and whether an additional one is left out.
fn families(
    requested: Option<u8>,
    additional: Option<u8>,
    has_ipv6: bool,
) -> Result<(Families, bool), Failure> {
    let number = |family: Option<u8>| family.map(Family::from_number);
    match (number(requested), number(additional)) {
        (None, None) | (Some(Some(Family::Ipv4)), None) => Ok((Families::Ipv4, false)),
        (Some(Some(Family::Ipv6)), None) if has_ipv6 => Ok((Families::Ipv6, false)),
        (Some(Some(Family::Ipv6) | None), None) => Err(Failure::AddressFamily),
        (None, Some(Some(Family::Ipv6))) if has_ipv6 => Ok((Families::Both, false)),
        (None, Some(Some(Family::Ipv6))) => Ok((Families::Ipv4, true)),
        (None, Some(Some(Family::Ipv4) | None)) | (Some(_), Some(_)) => Err(Failure::BadRequest),
    }
}

const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);
const LONGEST_LIFETIME: Duration = Duration::from_secs(3600);
/// The protocol number of UDP.
const UDP: u8 = 17;
/// The R bit of EVEN-PORT (RFC 8656, section 18.7).
const RESERVE_NEXT: u8 = 0x80;
