//! What this machine is, as far as it tells.

use std::fs;

/// Instruction sets that matter here, and whether the machine has them.
pub(crate) fn features() -> Vec<(&'static str, bool)> {
    #[cfg(target_arch = "x86_64")]
    return vec![
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("f16c", is_x86_feature_detected!("f16c")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
    ];
    #[cfg(target_arch = "aarch64")]
    return vec![
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("bf16", std::arch::is_aarch64_feature_detected!("bf16")),
        ("sve", std::arch::is_aarch64_feature_detected!("sve")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return vec![];
}

/// The processor's name.
pub(crate) fn processor() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    field(&info, "model name").map(str::to_owned)
}

/// Bytes of memory, and how many of them are free to use.
pub(crate) fn memory() -> Option<(u64, u64)> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let bytes = |name| {
        Some(
            field(&info, name)?
                .strip_suffix("kB")?
                .trim()
                .parse::<u64>()
                .ok()?
                << 10,
        )
    };
    Some((bytes("MemTotal")?, bytes("MemAvailable")?))
}

/// Level, kind and size of the first core's caches, as the system writes them: `L1 Data 32K`.
pub(crate) fn caches() -> Vec<String> {
    let read = |i: usize, what: &str| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{i}/{what}");
        fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let cache = |i| {
        Some(format!(
            "L{} {} {}",
            read(i, "level")?,
            read(i, "type")?,
            read(i, "size")?
        ))
    };
    (0..).map_while(cache).collect()
}

/// `name : value` among lines of such.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.split_once(':').filter(|(key, _)| key.trim() == name);
    text.lines().find_map(value).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 1\nmodel name\t: A CPU: fast\n";
        assert_eq!(field(text, "model name"), Some("A CPU: fast"));
        assert_eq!(field(text, "model"), Some("1"));
        assert_eq!(field(text, "name"), None);
    }
}
