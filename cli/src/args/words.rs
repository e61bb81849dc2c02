//! Values of options that are more than one number.

use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;
use std::time::Duration;

use windlass_queue::{OnConflict, Order, Until};
use windlass_shared::Backoff;

use super::length::Length;

/// How many in which time: `10/s`, `100/5m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateWord {
    pub(crate) count: NonZeroU32,
    pub(crate) period: Duration,
}

impl FromStr for RateWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("{text:?} is no rate; write how many in which time, like 10/s, 100/1m or 5000/24h");
        let (count, period) = text.split_once('/').ok_or_else(fault)?;
        let count = count.parse().map_err(|_| fault())?;
        // `10/s` is what everybody writes for `10/1s`.
        let period =
            period.parse::<Length>().or_else(|_| format!("1{period}").parse()).map_err(|_| fault())?;
        Ok(Self { count, period: period.0 })
    }
}

/// How long to wait after failures: `5s` (the same each time), `1s,10s,1m` (one a failure), `2s..1h` (doubling).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackoffWord(pub(crate) Backoff);

impl FromStr for BackoffWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = |text: &str| text.trim().parse::<Length>().map(|length| length.0);
        if let Some((base, most)) = text.split_once("..") {
            return Ok(Self(Backoff::Exponential { base: length(base)?, most: length(most)? }));
        }
        if text.contains(',') {
            return Ok(Self(Backoff::List(text.split(',').map(length).collect::<Result<_, _>>()?)));
        }
        Ok(Self(Backoff::Fixed(length(text)?)))
    }
}

/// For how long a job is unique: `start`, `finish`, or a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UntilWord(pub(crate) Until);

impl FromStr for UntilWord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "start" => Ok(Self(Until::Start)),
            "finish" => Ok(Self(Until::Finish)),
            other => other
                .parse::<Length>()
                .map(|length| Self(Until::Period(length.0)))
                .map_err(|_| format!("{other:?} is none of start, finish and a length of time like 10m")),
        }
    }
}

/// What happens to a job whose unique key another one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ConflictWord {
    /// The other job is the answer
    Reject,
    /// A waiting one takes over what is new
    Replace,
    /// As `replace`, and its time starts anew
    Debounce,
    /// The newest wins, after the one that runs
    KeepLatest,
}

impl From<ConflictWord> for OnConflict {
    fn from(word: ConflictWord) -> Self {
        match word {
            ConflictWord::Reject => Self::Reject,
            ConflictWord::Replace => Self::Replace,
            ConflictWord::Debounce => Self::Debounce,
            ConflictWord::KeepLatest => Self::KeepLatest,
        }
    }
}

/// What decides first which job is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OrderWord {
    /// Tenants take turns; priority decides within each
    TenantsFirst,
    /// Priority decides; tenants take turns within the same one
    PriorityFirst,
}

impl From<OrderWord> for Order {
    fn from(word: OrderWord) -> Self {
        match word {
            OrderWord::TenantsFirst => Self::TenantsFirst,
            OrderWord::PriorityFirst => Self::PriorityFirst,
        }
    }
}

/// Something that can be taken away: itself, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OrNone<T>(pub(crate) Option<T>);

/// A bound: a number, or `none`.
pub(crate) type Bound = OrNone<NonZeroU64>;

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number_or_none(text)
    }
}

impl FromStr for OrNone<NonZeroU32> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number_or_none(text)
    }
}

impl FromStr for OrNone<RateWord> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate = |text: &str| text.parse().map(Some).map_err(|fault| format!("{fault}, or none"));
        if text == "none" { Ok(Self(None)) } else { rate(text).map(Self) }
    }
}

fn number_or_none<T: FromStr>(text: &str) -> Result<OrNone<T>, String> {
    match text {
        "none" => Ok(OrNone(None)),
        number => number
            .parse()
            .map(|number| OrNone(Some(number)))
            .map_err(|_| format!("{number:?} is neither a number from 1 on nor none")),
    }
}

/// What people call something: 1 to 100 characters that can be printed.
pub(crate) fn label(text: &str) -> Result<String, String> {
    if (1..=100).contains(&text.chars().count()) && !text.contains(char::is_control) {
        return Ok(text.to_owned());
    }
    Err("a name has 1 to 100 characters that can be printed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_rate_is_a_count_and_a_time() {
        for (text, count, period) in
            [("10/s", 10, secs(1)), ("100/5m", 100, secs(300)), ("1/24h", 1, secs(86_400))]
        {
            let rate: RateWord = text.parse().unwrap();
            assert_eq!((rate.count.get(), rate.period), (count, period), "{text}");
        }
        for text in ["10", "0/s", "/s", "10/", "10/x", "-1/s"] {
            assert!(text.parse::<RateWord>().unwrap_err().contains("like 10/s"), "{text}");
        }
    }

    #[test]
    fn a_backoff_is_fixed_listed_or_doubling() {
        for (text, backoff) in [
            ("5s", Backoff::Fixed(secs(5))),
            ("1s, 1m", Backoff::List(vec![secs(1), secs(60)])),
            ("2s..1h", Backoff::Exponential { base: secs(2), most: secs(3_600) }),
        ] {
            assert_eq!(text.parse(), Ok(BackoffWord(backoff)), "{text}");
        }
        for text in ["", "5", "1s,", "..1h", "soon"] {
            assert!(text.parse::<BackoffWord>().is_err(), "{text}");
        }
    }

    #[test]
    fn uniqueness_ends_at_the_start_the_finish_or_after_a_time() {
        assert_eq!("finish".parse(), Ok(UntilWord(Until::Finish)));
        assert_eq!("10m".parse(), Ok(UntilWord(Until::Period(secs(600)))));
        assert!("later".parse::<UntilWord>().unwrap_err().contains("start, finish"));
    }

    #[test]
    fn a_bound_is_a_number_or_none() {
        assert_eq!("none".parse::<Bound>(), Ok(OrNone(None)));
        assert_eq!("7".parse::<Bound>(), Ok(OrNone(NonZeroU64::new(7))));
        assert!("0".parse::<Bound>().is_err());
        assert!("4294967296".parse::<OrNone<NonZeroU32>>().is_err());
    }

    #[test]
    fn a_rate_can_be_none() {
        assert_eq!("none".parse::<OrNone<RateWord>>(), Ok(OrNone(None)));
        assert_eq!("10/s".parse::<OrNone<RateWord>>(), Ok(OrNone("10/s".parse().ok())));
        assert!("ten/s".parse::<OrNone<RateWord>>().unwrap_err().ends_with("or none"));
    }
}
