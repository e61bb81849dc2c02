use windlass_queue::Notice;
use windlass_shared::{Claim, ClaimNumber, Incarnation, JobId, LeaseToken};

const WORK: u8 = b'w';
const CANCEL: u8 = b'c';

/// The bytes on the wire: a letter, and for a cancellation the job and the number of the claim.
pub(super) fn encode(notice: Notice) -> Vec<u8> {
    match notice {
        Notice::Work => vec![WORK],
        Notice::Cancel(Claim { job, token }) => {
            let number = token.number.get().to_be_bytes();
            [&[CANCEL], job.as_bytes().as_slice(), number.as_slice()].concat()
        }
    }
}

/// What the bytes say to `worker`; `None` for what no Windlass sends.
pub(super) fn decode(bytes: &[u8], worker: Incarnation) -> Option<Notice> {
    match bytes.split_first()? {
        (&WORK, []) => Some(Notice::Work),
        (&CANCEL, rest) => {
            let (job, number) = rest.split_at_checked(JobId::BYTES)?;
            let number = ClaimNumber::new(u32::from_be_bytes(number.try_into().ok()?));
            let job = JobId::from_bytes(job.try_into().ok()?);
            Some(Notice::Cancel(Claim { job, token: LeaseToken { worker, number } }))
        }
        _ => None,
    }
}

/// More than the longest message has.
pub(super) const MAX_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_back_and_nonsense_is_not() {
        let worker = Incarnation::from_bytes([3; 8]);
        let token = LeaseToken { worker, number: ClaimNumber::new(9) };
        for notice in [Notice::Work, Notice::Cancel(Claim { job: JobId::from_bytes([1; 16]), token })] {
            assert_eq!(decode(&encode(notice), worker), Some(notice));
        }
        for nonsense in [&b""[..], b"x", b"ww", b"c123"] {
            assert_eq!(decode(nonsense, worker), None);
        }
    }
}
