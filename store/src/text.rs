/// PostgreSQL has no text with a NUL in it. One bad row must not keep a thousand good ones out, nor may a question with one
/// be an error; and which databases hold which characters should make no difference. So U+FFFD stands for it, everywhere.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}
