use windlass_queue::{EngineError, MOST_AHEAD, MOST_HOLDERS, Reason, Scope, Why};
use windlass_shared::{JobId, JobState, Priority, Timestamp};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::scripts::{self, array, bytes, integer};
use crate::{keys, member};

impl RedisEngine {
    pub(crate) async fn reasons(&self, job: JobId) -> Result<Option<Why>, EngineError> {
        let Some(queue) = self.queues.of(job).await? else { return Ok(None) };
        let mut call = scripts::WHY.on(&keys::prefix(&queue), self.link.clock_offset());
        call.arg(job.as_bytes()).arg(MOST_AHEAD).arg(MOST_HOLDERS);
        let Some(answer) = self.link.script::<Option<Vec<redis::Value>>>(&call).await? else {
            return Ok(None);
        };
        let mut answer = answer.into_iter();
        let code = integer(&answer.next().unwrap_or_default())?;
        let state = u8::try_from(code).ok().and_then(JobState::from_code);
        let state = state.ok_or_else(|| corrupt(format!("a job in state {code}")))?;
        let reasons = answer.map(|told| Told::read(told)?.reason()).collect::<Result<_, _>>()?;
        Ok(Some(Why { job, state, reasons }))
    }
}

/// One reason in the words of the script: its name, then what belongs to it.
struct Told {
    words: std::vec::IntoIter<redis::Value>,
}

impl Told {
    fn read(told: redis::Value) -> Result<Self, EngineError> {
        Ok(Self { words: array(told)?.into_iter() })
    }

    fn reason(mut self) -> Result<Reason, EngineError> {
        Ok(match self.text()?.as_str() {
            "scheduled_for" => Reason::ScheduledFor { at: self.instant()? },
            "retry_at" => Reason::RetryAt { at: self.instant()? },
            "waits_for" => Reason::WaitsFor { holder: self.job()? },
            "paused" => self.paused()?,
            "limit_full" => self.limit_full()?,
            "rate_limited" => Reason::RateLimited { scope: self.scope()?, until: self.instant()? },
            "no_workers" => Reason::NoWorkers,
            "unserved" => Reason::Unserved { kind: self.parsed()? },
            "must_run_alone" => Reason::MustRunAlone { deaths: self.parsed()? },
            "ahead" => {
                Reason::Ahead { jobs: self.parsed()?, tenant: self.parsed()?, priority: self.priority()? }
            }
            other => return Err(corrupt(format!("the reason {other:?}"))),
        })
    }

    fn paused(&mut self) -> Result<Reason, EngineError> {
        let (scope, until, note) = (self.scope()?, self.instant()?, self.text()?);
        let until = Some(until).filter(|until| until.as_millis() > 0);
        Ok(Reason::Paused { scope, until, note: Some(note).filter(|note| !note.is_empty()) })
    }

    fn limit_full(&mut self) -> Result<Reason, EngineError> {
        let (scope, limit) = (self.scope()?, self.parsed()?);
        let holders = self.words.by_ref().map(|holder| Ok(member::claim(&bytes(holder)?)?.job));
        let mut holders = holders.collect::<Result<Vec<_>, EngineError>>()?;
        holders.sort_unstable();
        Ok(Reason::LimitFull { scope, limit, holders })
    }

    fn text(&mut self) -> Result<String, EngineError> {
        let word = bytes(self.words.next().unwrap_or_default())?;
        String::from_utf8(word.into()).map_err(|_| corrupt("a reason that is no UTF-8"))
    }

    fn parsed<T: std::str::FromStr>(&mut self) -> Result<T, EngineError> {
        let text = self.text()?;
        text.parse().map_err(|_| corrupt(format!("{text:?} in a reason")))
    }

    fn scope(&mut self) -> Result<Scope, EngineError> {
        self.parsed()
    }

    fn priority(&mut self) -> Result<Priority, EngineError> {
        Priority::new(self.parsed()?).map_err(|error| corrupt(error.to_string()))
    }

    fn instant(&mut self) -> Result<Timestamp, EngineError> {
        self.parsed().map(Timestamp::from_millis)
    }

    fn job(&mut self) -> Result<JobId, EngineError> {
        let id: &[u8] = &bytes(self.words.next().unwrap_or_default())?;
        let id = id.try_into().map_err(|_| corrupt("a job id of another length"))?;
        Ok(JobId::from_bytes(id))
    }
}
