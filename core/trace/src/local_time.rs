//! Decides what a trace's date and time say: a local time whose zone nobody
//! wrote down. It is never compared with another machine's.

use hopsight_kit::Timestamp;
use std::fmt;

/// A date and time by the clock and in the zone of the machine that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// Year, 1970 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 60.
    pub second: u8,
    /// Millisecond, 0 to 999.
    pub milli: u16,
}

impl LocalTime {
    /// Reads `MM/DD/YYYY|hh:mm:ss.mmm`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('|')?;
        let mut date = date.split('/');
        let (month, day, year) = (date.next()?, date.next()?, date.next()?);
        let (time, milli) = time.split_once('.')?;
        let mut time = time.split(':');
        let (hour, minute, second) = (time.next()?, time.next()?, time.next()?);
        if date.next().is_some() || time.next().is_some() {
            return None;
        }
        let read = Self {
            year: number(year, 4)?,
            month: u8::try_from(number(month, 2)?).ok()?,
            day: u8::try_from(number(day, 2)?).ok()?,
            hour: u8::try_from(number(hour, 2)?).ok()?,
            minute: u8::try_from(number(minute, 2)?).ok()?,
            second: u8::try_from(number(second, 2)?).ok()?,
            milli: number(milli, 3)?,
        };
        read.is_possible().then_some(read)
    }

    /// The same figures read as UTC: good for order and distance within one
    /// trace, wrong by the unknown zone everywhere else.
    #[must_use]
    pub fn as_if_utc(self) -> Timestamp {
        let seconds = [
            self.days().saturating_mul(86_400),
            u64::from(self.hour).saturating_mul(3600),
            u64::from(self.minute).saturating_mul(60),
            u64::from(self.second),
        ];
        let seconds = seconds.into_iter().fold(0, u64::saturating_add);
        let micros = seconds.saturating_mul(1_000_000);
        Timestamp::from_unix_micros(
            micros.saturating_add(u64::from(self.milli).saturating_mul(1000)),
        )
    }

    fn is_possible(self) -> bool {
        (1970..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=31).contains(&self.day)
            && self.hour <= 23
            && self.minute <= 59
            && self.second <= 60
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    fn days(self) -> u64 {
        let years = (1970..self.year).map(|year| if is_leap(year) { 366 } else { 365 });
        let months = (1..self.month).map(|month| days_in(self.year, month));
        let whole = years.chain(months).fold(0_u64, u64::saturating_add);
        whole.saturating_add(u64::from(self.day).saturating_sub(1))
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
            self.year, self.month, self.day, self.hour, self.minute, self.second, self.milli
        )
    }
}

fn number(text: &str, digits: usize) -> Option<u16> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

const fn is_leap(year: u16) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

const fn days_in(year: u16, month: u8) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_time_reads_in_us_order() {
        let time = LocalTime::read("12/15/2011|14:03:12.750").unwrap();

        assert_eq!(time.to_string(), "2011-12-15 14:03:12.750");
        assert_eq!(time.as_if_utc().unix_micros(), 1_323_957_792_750_000);
    }

    #[test]
    fn a_date_that_no_calendar_has_is_none() {
        assert_eq!(LocalTime::read("15/12/2011|14:03:12.750"), None);
        assert_eq!(LocalTime::read("12/15/2011|14:03:12.75"), None);
    }
}
