//! Lowercase hex.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Two lowercase digits per byte.
pub(super) fn encode(bytes: &[u8]) -> String {
    // Room for all at once: to let the text grow took longer than the hash.
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0x0f));
    }
    text
}

fn digit(nibble: u8) -> char {
    DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from)
}

/// Whether a byte is a lowercase hex digit.
pub(super) fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
