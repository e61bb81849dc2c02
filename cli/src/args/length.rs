use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The units of a length of time, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A length of time as people write it: a whole number and its unit, like `500ms`, `30s`, `5m`, `2h` or `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) Duration);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "{text:?} is no length of time; write a number and its unit, like 500ms, 30s, 5m, 2h or 7d"
            )
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(fault)?;
        let (number, unit) = text.split_at(digits);
        let millis =
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis).ok_or_else(fault)?;
        let number: u64 = number.parse().map_err(|_| fault())?;
        number.checked_mul(millis).map(Duration::from_millis).map(Self).ok_or_else(fault)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        let whole = |(_, unit): &&(&str, u64)| millis >= *unit && millis.is_multiple_of(*unit);
        let (name, unit) = UNITS.iter().find(whole).unwrap_or(&("ms", 1));
        write!(f, "{}{name}", millis / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_with_its_unit_and_written_in_the_largest_that_is_whole() {
        for (text, millis, written) in [
            ("0ms", 0, "0ms"),
            ("500ms", 500, "500ms"),
            ("1500ms", 1_500, "1500ms"),
            ("90s", 90_000, "90s"),
            ("60s", 60_000, "1m"),
            ("48h", 172_800_000, "2d"),
        ] {
            let length: Length = text.parse().unwrap();
            assert_eq!(
                (length.0, length.to_string().as_str()),
                (Duration::from_millis(millis), written),
                "{text}"
            );
        }
    }

    #[test]
    fn a_length_without_unit_or_number_is_refused_with_examples() {
        for text in
            ["", "5", "s", "-1s", "1.5s", "5 m", "1w", "99999999999999999999s", "18446744073709551615d"]
        {
            assert!(text.parse::<Length>().unwrap_err().contains("like 500ms"), "{text}");
        }
    }
}
