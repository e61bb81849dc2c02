//! Many jobs as requests that the server takes.

/// How many jobs one request may bring.
const MOST_JOBS: usize = 1_000;

/// How large the body of one request gets, unless a single job is larger. The server takes 16 MiB, and what is smaller is
/// sooner there, and sooner sent again.
const MOST_BYTES: usize = 4 << 20;

const BEGIN: &[u8] = br#"{"jobs":["#;
const END: &[u8] = b"]}";

/// The body of one request.
#[derive(Debug)]
pub(super) struct Portion {
    pub(super) jobs: usize,
    pub(super) body: Vec<u8>,
}

/// The jobs in their order. The same jobs always make the same portions, which is what makes a key for all of them work.
pub(super) fn portions(jobs: Vec<Vec<u8>>) -> Vec<Portion> {
    let mut portions: Vec<Portion> = Vec::new();
    for job in jobs {
        match portions.last_mut() {
            Some(portion) if portion.has_room_for(&job) => portion.add(&job),
            Some(_) | None => portions.push(Portion::begun_with(&job)),
        }
    }
    for portion in &mut portions {
        portion.body.extend_from_slice(END);
    }
    portions
}

impl Portion {
    fn begun_with(job: &[u8]) -> Self {
        Self { jobs: 1, body: [BEGIN, job].concat() }
    }

    fn has_room_for(&self, job: &[u8]) -> bool {
        self.jobs < MOST_JOBS && self.body.len() + 1 + job.len() + END.len() <= MOST_BYTES
    }

    fn add(&mut self, job: &[u8]) {
        self.jobs += 1;
        self.body.push(b',');
        self.body.extend_from_slice(job);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn sizes(jobs: Vec<Vec<u8>>) -> Vec<usize> {
        let portions = portions(jobs);
        for portion in &portions {
            let body: Value = serde_json::from_slice(&portion.body).unwrap();
            assert_eq!(body["jobs"].as_array().unwrap().len(), portion.jobs);
        }
        portions.iter().map(|portion| portion.jobs).collect()
    }

    #[test]
    fn a_portion_has_at_most_a_thousand_jobs() {
        assert_eq!(sizes(vec![b"{}".to_vec(); 2_001]), [1_000, 1_000, 1]);
        assert!(sizes(Vec::new()).is_empty());
    }

    #[test]
    fn a_portion_is_no_larger_than_its_bound_unless_one_job_is() {
        let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2)).into_bytes();
        assert_eq!(sizes(vec![text(1 << 20); 8]), [3, 3, 2]);
        assert_eq!(sizes(vec![text(10), text(MOST_BYTES), text(10)]), [1, 1, 1]);
        let room = MOST_BYTES - BEGIN.len() - END.len() - 1;
        assert_eq!(sizes(vec![text(room / 2), text(room - room / 2)]), [2]);
        assert_eq!(sizes(vec![text(room / 2), text(room - room / 2 + 1)]), [1, 1]);
    }
}
