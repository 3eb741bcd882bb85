//! Decides how a culprit is named: by kind, addresses, side and direction.

use hopsight_evidence::Side;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who or what is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Culprit {
    /// What it is.
    pub kind: CulpritKind,
    /// Where it is: the sharer's first. For an edge, its two ends.
    pub addresses: Vec<IpAddr>,
    /// How the site calls it, when a site map knows.
    pub name: Option<String>,
    /// On whose side.
    pub side: Option<CulpritSide>,
    /// Which direction fails.
    pub direction: Option<Direction>,
}

/// What kind of thing is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CulpritKind {
    /// A PC.
    Host,
    /// A router.
    Router,
    /// Something between two nodes.
    EdgeBetween,
    /// A server.
    Service,
    /// A rule that somebody made.
    Policy,
}

/// On whose side something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CulpritSide {
    /// The sharer's.
    Sharer,
    /// The viewer's.
    Viewer,
    /// Both.
    Both,
}

/// Which direction fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the sharer to the viewer.
    SharerToViewer,
    /// From the viewer to the sharer.
    ViewerToSharer,
    /// Both ways.
    Both,
}

impl Culprit {
    /// Something of this kind at these addresses.
    pub(crate) const fn new(kind: CulpritKind, addresses: Vec<IpAddr>) -> Self {
        Self {
            kind,
            addresses,
            name: None,
            side: None,
            direction: None,
        }
    }

    /// On the side or sides of these.
    pub(crate) fn on(mut self, sides: &[Side]) -> Self {
        self.side = CulpritSide::of(sides);
        self
    }

    /// Packets of these ends fail.
    pub(crate) fn stops(mut self, sides: &[Side]) -> Self {
        self.direction = Direction::from_sides(sides);
        self
    }

    /// Called so.
    pub(crate) fn called(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl CulpritSide {
    /// The side or sides in `sides`; `None` when there is none.
    pub(crate) fn of(sides: &[Side]) -> Option<Self> {
        match (sides.contains(&Side::Sharer), sides.contains(&Side::Viewer)) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::Sharer),
            (false, true) => Some(Self::Viewer),
            (false, false) => None,
        }
    }
}

impl Direction {
    /// The direction or directions that start at `sides`.
    pub(crate) fn from_sides(sides: &[Side]) -> Option<Self> {
        match (sides.contains(&Side::Sharer), sides.contains(&Side::Viewer)) {
            (true, true) => Some(Self::Both),
            (true, false) => Some(Self::SharerToViewer),
            (false, true) => Some(Self::ViewerToSharer),
            (false, false) => None,
        }
    }
}
