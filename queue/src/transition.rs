//! The life of a job as one pure, total function.
//!
//! | state | promote | claim | complete | fail (transient) | fail (permanent) | snooze | release | lost | stop | cancel | expire | redrive |
//! |---|---|---|---|---|---|---|---|---|---|---|---|---|
//! | scheduled | available | – | – | – | – | – | – | – | – | cancelled | discarded | available |
//! | pending | available | – | – | – | – | – | – | – | – | cancelled | discarded | – |
//! | available | – | running | – | – | – | – | – | – | – | cancelled | discarded | – |
//! | running | – | – | completed | retryable, or discarded after the last attempt | discarded | scheduled | available, in front | available, in front; a suspect after the second death; discarded when it died alone for the third | cancelled | running, requested | – | – |
//! | running, cancel requested | – | – | completed | cancelled | cancelled | cancelled | cancelled | cancelled | cancelled | running, requested | – | – |
//! | retryable | available | – | – | – | – | – | – | – | – | cancelled | discarded | available |
//! | completed, cancelled, discarded | – | – | – | – | – | – | – | – | – | – | – | available, all attempts anew |
//!
//! A dash is a refusal: nothing changes. Attempts count what handlers did: snooze, release and lost give the
//! attempt back. Deaths count what happened to workers, and only they lead to poison.
//!
//! Not in the table, because it is no state: an available job may be parked (see [`rules`](crate::Scope)), and a job may
//! hold a key (see [`OnConflict`](crate::OnConflict)). A job may be deleted in every state but `running`.

use windlass_shared::JobState;

/// From how many deaths on a job must run alone in its process.
pub const SUSPECT_AFTER_DEATHS: u8 = 2;

/// What the rules need to know of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Where it is in its life.
    pub state: JobState,
    /// The attempts used, one that is running included.
    pub attempt: u16,
    /// How many there may be.
    pub max_attempts: u16,
    /// How many worker processes died under it.
    pub deaths: u8,
    /// Whether it runs alone in its process.
    pub alone: bool,
    /// Whether its cancellation was requested while it ran.
    pub cancel_requested: bool,
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its time has come, or what it waited for is there.
    Promote,
    /// A worker takes it.
    Claim,
    /// The handler is done.
    Complete,
    /// The attempt failed, and may go better next time.
    FailTransient,
    /// The attempt failed, and always will.
    FailPermanent,
    /// The handler asks to be called again later.
    Snooze,
    /// The attempt was interrupted from outside: shutdown, or a lease that could not be renewed.
    Release,
    /// The worker died.
    Lost,
    /// The handler stopped because it was asked to.
    Stop,
    /// Somebody wants the job cancelled.
    Cancel,
    /// The time in which it was worth starting is over.
    Expire,
    /// Somebody wants the job to run now, or again.
    Redrive,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 12] = [
        Self::Promote,
        Self::Claim,
        Self::Complete,
        Self::FailTransient,
        Self::FailPermanent,
        Self::Snooze,
        Self::Release,
        Self::Lost,
        Self::Stop,
        Self::Cancel,
        Self::Expire,
        Self::Redrive,
    ];
}

/// Where a job goes that becomes available.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind the others of its lane.
    Back,
    /// In front of the others of its lane: it was there before.
    Front,
    /// Among the suspects, which run alone.
    Suspects,
}

/// What follows from an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The job changes.
    Change(Change),
    /// The event does not apply to a job in this state; nothing changes.
    Refuse,
}

/// What an engine must apply, all of it or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The job afterwards.
    pub after: Snapshot,
    /// Where it goes, when it becomes available.
    pub place: Option<Place>,
}

/// Decides what `event` does to a job. Total: every state has an answer to every event.
pub const fn transition(job: Snapshot, event: Event) -> Decision {
    match job.state {
        JobState::Scheduled | JobState::Pending | JobState::Retryable => waiting(job, event),
        JobState::Available => available(job, event),
        JobState::Running => running(job, event),
        JobState::Completed | JobState::Cancelled | JobState::Discarded => ended(job, event),
    }
}

const fn waiting(job: Snapshot, event: Event) -> Decision {
    match event {
        Event::Cancel => to(job, JobState::Cancelled),
        Event::Expire => to(job, JobState::Discarded),
        // Who waits for somebody else's end cannot be told to run.
        Event::Redrive if matches!(job.state, JobState::Pending) => Decision::Refuse,
        Event::Promote | Event::Redrive => to_available(job, Place::Back),
        Event::Claim
        | Event::Complete
        | Event::FailTransient
        | Event::FailPermanent
        | Event::Snooze
        | Event::Release
        | Event::Lost
        | Event::Stop => Decision::Refuse,
    }
}

const fn available(job: Snapshot, event: Event) -> Decision {
    match event {
        Event::Claim => to(Snapshot { attempt: job.attempt.saturating_add(1), ..job }, JobState::Running),
        Event::Cancel => to(job, JobState::Cancelled),
        Event::Expire => to(job, JobState::Discarded),
        Event::Redrive
        | Event::Promote
        | Event::Complete
        | Event::FailTransient
        | Event::FailPermanent
        | Event::Snooze
        | Event::Release
        | Event::Lost
        | Event::Stop => Decision::Refuse,
    }
}

const fn running(job: Snapshot, event: Event) -> Decision {
    let ended = Snapshot { alone: false, cancel_requested: false, ..job };
    let refunded = Snapshot { attempt: job.attempt.saturating_sub(1), ..ended };
    match event {
        Event::Promote | Event::Claim | Event::Expire | Event::Redrive => Decision::Refuse,
        Event::Cancel => to(Snapshot { cancel_requested: true, ..job }, JobState::Running),
        // The work is done, whatever anybody wished meanwhile.
        Event::Complete => to(ended, JobState::Completed),
        Event::Stop => to(ended, JobState::Cancelled),
        Event::FailTransient | Event::FailPermanent | Event::Snooze | Event::Release | Event::Lost
            if job.cancel_requested =>
        {
            to(ended, JobState::Cancelled)
        }
        Event::FailTransient if job.attempt < job.max_attempts => to(ended, JobState::Retryable),
        Event::FailTransient | Event::FailPermanent => to(ended, JobState::Discarded),
        Event::Snooze => to(refunded, JobState::Scheduled),
        Event::Release => to_available(refunded, Place::Front),
        Event::Lost => lost(job, refunded),
    }
}

const fn ended(job: Snapshot, event: Event) -> Decision {
    match event {
        Event::Redrive => to_available(Snapshot { attempt: 0, deaths: 0, ..job }, Place::Back),
        Event::Promote
        | Event::Claim
        | Event::Complete
        | Event::FailTransient
        | Event::FailPermanent
        | Event::Snooze
        | Event::Release
        | Event::Lost
        | Event::Stop
        | Event::Cancel
        | Event::Expire => Decision::Refuse,
    }
}

/// A death while others ran beside it says little, so it only makes a suspect; a death alone is a proof.
const fn lost(job: Snapshot, refunded: Snapshot) -> Decision {
    // A suspect that was claimed but had not begun alone cannot have killed its worker.
    let waited = job.deaths >= SUSPECT_AFTER_DEATHS && !job.alone;
    let deaths = if waited { job.deaths } else { job.deaths.saturating_add(1) };
    let refunded = Snapshot { deaths, ..refunded };
    if job.alone { to(refunded, JobState::Discarded) } else { to_available(refunded, Place::Front) }
}

const fn to(after: Snapshot, state: JobState) -> Decision {
    Decision::Change(Change { after: Snapshot { state, ..after }, place: None })
}

const fn to_available(after: Snapshot, place: Place) -> Decision {
    let place = if after.deaths >= SUSPECT_AFTER_DEATHS { Place::Suspects } else { place };
    Decision::Change(Change { after: Snapshot { state: JobState::Available, ..after }, place: Some(place) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: Snapshot = Snapshot {
        state: JobState::Running,
        attempt: 1,
        max_attempts: 3,
        deaths: 0,
        alone: false,
        cancel_requested: false,
    };

    fn change(job: Snapshot, event: Event) -> Change {
        match transition(job, event) {
            Decision::Change(change) => change,
            Decision::Refuse => panic!("{event:?} is refused for {job:?}"),
        }
    }

    #[test]
    fn final_states_refuse_everything_but_to_begin_anew() {
        for state in JobState::ALL.into_iter().filter(|state| state.is_final()) {
            let job = Snapshot { state, attempt: 3, deaths: 3, ..RUNNING };
            for event in Event::ALL.into_iter().filter(|event| *event != Event::Redrive) {
                assert_eq!(transition(job, event), Decision::Refuse);
            }
            let again = change(job, Event::Redrive);
            assert_eq!((again.after.state, again.place), (JobState::Available, Some(Place::Back)));
            assert_eq!((again.after.attempt, again.after.deaths), (0, 0));
        }
    }

    #[test]
    fn a_state_allows_exactly_the_events_of_its_row() {
        for (state, allowed) in [
            (JobState::Scheduled, vec![Event::Promote, Event::Cancel, Event::Expire, Event::Redrive]),
            (JobState::Pending, vec![Event::Promote, Event::Cancel, Event::Expire]),
            (JobState::Retryable, vec![Event::Promote, Event::Cancel, Event::Expire, Event::Redrive]),
            (JobState::Available, vec![Event::Claim, Event::Cancel, Event::Expire]),
            (JobState::Running, Event::ALL[2..10].to_vec()),
        ] {
            for event in Event::ALL {
                let refused = transition(Snapshot { state, ..RUNNING }, event) == Decision::Refuse;
                assert_eq!(refused, !allowed.contains(&event), "{state} × {event:?}");
            }
        }
    }

    #[test]
    fn the_last_attempt_that_fails_discards_the_job() {
        let last = Snapshot { attempt: 3, ..RUNNING };
        assert_eq!(change(RUNNING, Event::FailTransient).after.state, JobState::Retryable);
        assert_eq!(change(last, Event::FailTransient).after.state, JobState::Discarded);
        assert_eq!(change(RUNNING, Event::FailPermanent).after.state, JobState::Discarded);
    }

    #[test]
    fn interruptions_give_the_attempt_back() {
        for event in [Event::Snooze, Event::Release, Event::Lost] {
            assert_eq!(change(RUNNING, event).after.attempt, 0, "{event:?}");
        }
        assert_eq!(change(RUNNING, Event::Release).place, Some(Place::Front));
    }

    #[test]
    fn a_requested_cancellation_wins_over_all_but_completion() {
        let asked = Snapshot { cancel_requested: true, ..RUNNING };
        for event in &Event::ALL[2..10] {
            let expected = match event {
                Event::Complete => JobState::Completed,
                Event::Cancel => JobState::Running,
                _ => JobState::Cancelled,
            };
            assert_eq!(change(asked, *event).after.state, expected, "{event:?}");
        }
    }

    #[test]
    fn the_second_death_makes_a_suspect_and_the_third_one_alone_ends_it() {
        let first = change(RUNNING, Event::Lost);
        assert_eq!((first.after.deaths, first.place), (1, Some(Place::Front)));
        let second = change(Snapshot { deaths: 1, ..RUNNING }, Event::Lost);
        assert_eq!((second.after.deaths, second.place), (2, Some(Place::Suspects)));
        let third = change(Snapshot { deaths: 2, alone: true, ..RUNNING }, Event::Lost);
        assert_eq!((third.after.deaths, third.after.state), (3, JobState::Discarded));
    }

    #[test]
    fn a_suspect_whose_worker_dies_before_it_began_stays_innocent() {
        let lost = change(Snapshot { deaths: 2, ..RUNNING }, Event::Lost);
        assert_eq!((lost.after.deaths, lost.place), (2, Some(Place::Suspects)));
    }

    #[test]
    fn a_suspect_that_failed_waits_among_the_suspects_again() {
        let waiting = Snapshot { state: JobState::Retryable, deaths: 2, ..RUNNING };
        assert_eq!(change(waiting, Event::Promote).place, Some(Place::Suspects));
    }
}
