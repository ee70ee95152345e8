//! CRC-32 as IEEE 802.3 defines it: the checksum of zip and PNG.

/// The polynomial, bits reversed.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// The checksum of bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    // 30 bytes at a time: a table would cost more room than it saves time.
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (POLYNOMIAL & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn known_answers() {
        for (text, expected) in [("", 0), ("123456789", 0xcbf4_3926), ("a", 0xe8b7_be43)] {
            assert_eq!(crc32(text.as_bytes()), expected, "{text}");
        }
    }
}
