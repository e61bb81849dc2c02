use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::suspicion::Others;

/// How many seats a gate has, and so how many jobs a queue may have at once.
pub(crate) const SEATS: u32 = 1 << 20;

/// Lets ordinary jobs run beside each other, and a suspect by itself.
///
/// Each job takes a seat, a suspect all of them. Seats are given out in the order in which they were asked for,
/// so a suspect that waits keeps new jobs out until the running ones have ended.
#[derive(Debug)]
pub(crate) struct Gate {
    seats: Arc<Semaphore>,
}

/// In which company the next job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    /// Beside others.
    Shared,
    /// By itself in this process.
    Alone,
}

/// The right to run: its place among those of the queue, and its seat in the process. Dropping it frees both.
#[derive(Debug)]
pub(crate) struct Slot {
    place: OwnedSemaphorePermit,
    seats: OwnedSemaphorePermit,
}

/// Slots that were free and are now kept for the jobs of one claim.
#[derive(Debug)]
pub(crate) struct Room {
    /// Whose company the jobs will have.
    pub(crate) company: Company,
    places: OwnedSemaphorePermit,
    seats: OwnedSemaphorePermit,
}

impl Gate {
    /// A gate that nobody has passed.
    pub(crate) fn new() -> Self {
        Self { seats: Arc::new(Semaphore::new(SEATS as usize)) }
    }

    /// Waits for a free place among `places`, then takes every one that is free; alone, one place and every seat.
    /// `None` once `places` is closed.
    pub(crate) async fn room(&self, places: &Arc<Semaphore>, company: Company) -> Option<Room> {
        let mut taken = Arc::clone(places).acquire_owned().await.ok()?;
        let seats = match company {
            Company::Alone => SEATS,
            Company::Shared => {
                // Slots are freed a batch at a time; letting the one that frees them go on makes one claim of many.
                tokio::task::yield_now().await;
                while let Ok(place) = Arc::clone(places).try_acquire_owned() {
                    taken.merge(place);
                }
                u32::try_from(taken.num_permits()).unwrap_or(SEATS)
            }
        };
        let seats = Arc::clone(&self.seats).acquire_many_owned(seats).await.ok()?;
        Some(Room { company, places: taken, seats })
    }

    /// Who runs, or may start at any moment, beside the jobs of `room`.
    pub(crate) fn others(&self, room: &Room) -> Others {
        let free = self.seats.available_permits() + room.seats.num_permits();
        if free == SEATS as usize { Others::None } else { Others::Some }
    }
}

impl Slot {
    /// Puts another slot of the same queue to this one, so that both are freed in one step.
    pub(crate) fn merge(&mut self, other: Self) {
        self.place.merge(other.place);
        self.seats.merge(other.seats);
    }
}

impl Room {
    /// How many jobs have room.
    pub(crate) fn len(&self) -> usize {
        self.places.num_permits()
    }

    /// Takes one slot out of the room.
    pub(crate) fn slot(&mut self) -> Option<Slot> {
        let place = self.places.split(1)?;
        Some(Slot { place, seats: self.seats.split(1)? })
    }

    /// Takes one slot that leaves no seat to anybody else.
    pub(crate) fn whole(&mut self) -> Option<Slot> {
        let place = self.places.split(1)?;
        let seats = self.seats.split(self.seats.num_permits())?;
        Some(Slot { place, seats })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_room_has_every_free_place() {
        let (gate, places) = (Gate::new(), Arc::new(Semaphore::new(3)));
        let mut room = gate.room(&places, Company::Shared).await.unwrap();
        assert_eq!((room.len(), gate.others(&room)), (3, Others::None));
        let kept = room.slot().unwrap();
        assert_eq!(gate.others(&room), Others::Some);
        drop(room);
        assert_eq!(places.available_permits(), 2);
        drop(kept);
        assert_eq!(places.available_permits(), 3);
    }

    #[tokio::test]
    async fn one_who_runs_alone_waits_for_the_others_and_lets_nobody_pass() {
        let gate = Gate::new();
        let (here, there) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(2)));
        let running = gate.room(&here, Company::Shared).await.unwrap();
        let mut alone = Box::pin(gate.room(&there, Company::Alone));
        assert!(alone.as_mut().now_or_never().is_none());
        let other = Arc::new(Semaphore::new(1));
        let mut late = Box::pin(gate.room(&other, Company::Shared));
        assert!(late.as_mut().now_or_never().is_none());
        assert!(late.as_mut().now_or_never().is_none());
        drop(running);
        let alone = alone.await.unwrap().whole().unwrap();
        assert!(late.as_mut().now_or_never().is_none());
        drop(alone);
        assert!(late.await.is_some());
    }

    #[tokio::test]
    async fn a_closed_queue_has_no_room() {
        let places = Arc::new(Semaphore::new(1));
        places.close();
        assert!(Gate::new().room(&places, Company::Shared).await.is_none());
    }
}
