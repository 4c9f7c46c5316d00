//! Times in answers: RFC 3339 in UTC, which people, models and JSON Schema's `date-time` all read.

use schemars::JsonSchema;
use serde::{Serialize, Serializer, ser::Error as _};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::clock::Millis;

/// A moment that is written as `2026-11-21T09:30:00.25Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(inline)]
pub struct Timestamp(
    /// The moment.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub Millis,
);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(S::Error::custom)?;
        serializer.serialize_str(&moment.format(&Rfc3339).map_err(S::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let text = |millis| serde_json::to_value(Timestamp(millis)).unwrap();
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(1_795_253_400_250), "2026-11-21T09:30:00.25Z");
        assert!(serde_json::to_value(Timestamp(i64::MAX)).is_err());
    }
}
