use utoipa::IntoParams;

/// The header of requests that mean the same however often they are sent.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its shape counts; the header is read by hand")]
pub(crate) struct IdempotencyHeader {
    /// Whoever sends the same key again is answered as the first time: 1 to 251 visible ASCII characters.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 251,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: String,
}
