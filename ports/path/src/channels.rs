//! Decides when a message goes over a data channel: as soon as the channel is
//! open and takes it, in order; pointer positions that must wait are dropped.

use crate::output::Channel;
use std::collections::{BTreeMap, VecDeque};
use str0m::Rtc;
use str0m::channel::{ChannelConfig, ChannelId, Reliability};

/// Messages that wait for a channel to open or to take more.
const MOST_WAITING: usize = 64;

/// The session's data channels.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    open: BTreeMap<Channel, ChannelId>,
    waiting: BTreeMap<Channel, VecDeque<Vec<u8>>>,
}

/// How this end creates a channel when it makes the offer.
pub(crate) fn configuration(channel: Channel) -> ChannelConfig {
    let (ordered, reliability) = match channel {
        Channel::Control => (true, Reliability::Reliable),
        Channel::Cursor => (false, Reliability::MaxRetransmits { retransmits: 0 }),
    };
    ChannelConfig {
        label: channel.label().to_owned(),
        ordered,
        reliability,
        ..ChannelConfig::default()
    }
}

impl Channels {
    pub(crate) fn opened(&mut self, id: ChannelId, label: &str) {
        if let Some(channel) = Channel::labelled(label) {
            self.open.insert(channel, id);
        }
    }

    pub(crate) fn closed(&mut self, id: ChannelId) {
        self.open.retain(|_, open| *open != id);
    }

    pub(crate) fn which(&self, id: ChannelId) -> Option<Channel> {
        self.open
            .iter()
            .find_map(|(channel, open)| (*open == id).then_some(*channel))
    }

    /// Takes a message; false when too many wait already.
    pub(crate) fn put(&mut self, channel: Channel, bytes: Vec<u8>) -> bool {
        let waiting = self.waiting.entry(channel).or_default();
        let room = waiting.len() < MOST_WAITING;
        match channel {
            Channel::Control if room => waiting.push_back(bytes),
            Channel::Control => return false,
            Channel::Cursor => {
                waiting.clear();
                waiting.push_back(bytes);
            }
        }
        true
    }

    /// Writes at most one message; true when the stack must be polled and
    /// asked again.
    pub(crate) fn write_one(&mut self, rtc: &mut Rtc) -> bool {
        for (channel, waiting) in &mut self.waiting {
            let Some(id) = self.open.get(channel) else {
                continue;
            };
            let Some(message) = waiting.front() else {
                continue;
            };
            let Some(mut open) = rtc.channel(*id) else {
                continue;
            };
            // A browser hands text to its page as a string and the rest as bytes.
            let binary = std::str::from_utf8(message).is_err();
            if matches!(open.write(binary, message), Ok(false)) {
                continue;
            }
            waiting.pop_front();
            return true;
        }
        false
    }
}
