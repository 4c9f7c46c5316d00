//! Times on the wire: RFC 3339 in UTC, which people, models and JSON Schema's `date-time` all read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// A moment, in Unix milliseconds; written as `2026-11-21T09:30:00.25Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(inline, with = "String", extend("format" = "date-time")))]
pub struct Timestamp(pub i64);

impl fmt::Display for Timestamp {
    /// Years that RFC 3339 cannot write (§1) end as its last one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000));
        let at = seconds.unwrap_or(PrimitiveDateTime::MAX.assume_utc());
        let (month, day) = (u8::from(at.month()), at.day());
        write!(formatter, "{:04}-{month:02}-{day:02}", at.year())?;
        write!(formatter, "T{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())?;
        match self.0.rem_euclid(1000) {
            0 => {}
            millis => {
                let digits = format!("{millis:03}");
                write!(formatter, ".{}", digits.trim_end_matches('0'))?;
            }
        }
        formatter.write_str("Z")
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

/// The text is no time as [`Timestamp`] writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Give a time in UTC such as 2026-11-21T09:30:00Z.")]
pub struct NoTimestamp;

impl FromStr for Timestamp {
    type Err = NoTimestamp;

    fn from_str(text: &str) -> Result<Self, NoTimestamp> {
        parse(text).map(Self).ok_or(NoTimestamp)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = NoTimestamp;

    fn try_from(text: String) -> Result<Self, NoTimestamp> {
        text.parse()
    }
}

fn parse(text: &str) -> Option<i64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut day = day.splitn(3, '-');
    let month = Month::try_from(digits::<u8>(day.clone().nth(1))?).ok()?;
    let date = Date::from_calendar_date(digits(day.next())?, month, digits(day.nth(1))?).ok()?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.splitn(3, ':');
    let time = Time::from_hms(digits(time.next())?, digits(time.next())?, digits(time.next())?).ok()?;
    let millis =
        digits::<i64>(Some(&format!("{fraction:0<3}"))).filter(|_| (1..=3).contains(&fraction.len()))?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp() * 1000 + millis)
}

/// A number of digits alone: `+5` is none.
fn digits<T: FromStr>(text: Option<&str>) -> Option<T> {
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_253_400_250, "2026-11-21T09:30:00.25Z"),
            (1_795_253_400_007, "2026-11-21T09:30:00.007Z"),
        ] {
            assert_eq!(Timestamp(millis).to_string(), text);
            assert_eq!(text.parse(), Ok(Timestamp(millis)));
        }
        assert!(Timestamp(i64::MAX).to_string().starts_with("9999-12-31T"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-21",
            "2026-11-21T09:30:00",
            "2026-11-21T09:30Z",
            "2026-13-21T09:30:00Z",
            "2026-02-30T09:30:00Z",
            "2026-11-21T24:30:00Z",
            "2026-11-21T09:30:00.1234Z",
            "2026-11-21T09:30:00.Z",
            "+026-11-21T09:30:00Z",
            "2026-11-21T09:30:00+00:00",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NoTimestamp), "{text}");
        }
    }
}
