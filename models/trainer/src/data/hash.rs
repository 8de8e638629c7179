//! A hash that never changes, for seeds drawn from names and for telling whether a cached file is still current.

/// The 64-bit hash of Fowler, Noll and Vo (1a) with a final mix (Stafford's variant 13).
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325u64, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_by_a_digit_are_far_apart() {
        let hashes: Vec<u64> = (0..64).map(|number| hash(format!("name {number}").as_bytes())).collect();
        for pair in hashes.windows(2) {
            // Independent 64-bit words differ in 32 bits with a deviation of 4; the bounds are four and a half of them.
            assert!((14..=50).contains(&(pair[0] ^ pair[1]).count_ones()));
        }
    }
}
