/// How many bytes of memory this process has, on Linux; elsewhere that is not known.
///
/// From `/proc/self/status` rather than `statm`, which counts in pages of a size that differs between machines.
pub(super) fn resident() -> Option<u64> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_memory_is_read_in_bytes() {
        let status = "Name:\twindlass\nVmPeak:\t   99 kB\nVmRSS:\t  20480 kB\nThreads:\t9\n";
        assert_eq!(parse(status), Some(20 * 1_024 * 1_024));
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        for text in ["", "VmRSS:", "VmRSS:\t12 MB", "VmRSS:\t18446744073709551615 kB"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory() {
        assert!(resident().is_some_and(|bytes| bytes > 0));
    }
}
