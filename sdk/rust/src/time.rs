/// Seconds since 1970 of a time as documents have it: RFC 3339 in UTC, `2026-12-01T06:00:00Z`.
pub fn unix_seconds(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let whole = clock.split('.').next()?;
    let [hour, minute, second] = numbers(whole, ':')?;
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let found: Option<Vec<i64>> = text.split(between).map(|part| part.parse().ok()).collect();
    found?.try_into().ok()
}

/// Since 1970; a year begins in March, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let since_march = (month + 9) % 12;
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (since_march * 153 + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::unix_seconds;

    #[test]
    fn reads_times_of_documents() {
        assert_eq!(unix_seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_seconds("2023-11-14T22:13:20.123Z"), Some(1_700_000_000));
        assert_eq!(unix_seconds("2028-02-29T23:59:59Z"), Some(1_835_481_599));
        assert_eq!(unix_seconds("2028-03-01T00:00:00Z"), Some(1_835_481_600));
        for other in ["", "2026-12-01", "2026-12-01T06:00:00+01:00", "2026-12-01T06Z"] {
            assert_eq!(unix_seconds(other), None);
        }
    }
}
