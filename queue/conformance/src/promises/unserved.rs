//! A job that a worker does not serve never comes to it, is in nobody's way, and comes to a worker that does.

use windlass_queue::{NewJob, Serves, Suspects};
use windlass_shared::JobState;

use crate::Bench;
use crate::idle::Idle;
use crate::verbs::{ids, these};

const MAIL: &str = "conformance.mail";
const FILM: &str = "conformance.film";

pub async fn a_worker_gets_only_what_it_serves(bench: Bench) {
    let (mut mails, mut films) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        films.push(bench.add(bench.of_kind(FILM)).await);
        mails.push(bench.add(bench.of_kind(MAIL)).await);
    }
    assert_eq!(ids(&claim(&bench, MAIL, 30).await), mails);
    assert!(claim(&bench, MAIL, 30).await.is_empty());
    assert_eq!(bench.depth().await.available, 10);
    assert_eq!(ids(&claim(&bench, FILM, 30).await), films, "in the order in which they came");
}

pub async fn what_was_passed_over_comes_before_what_came_later(bench: Bench) {
    let passed = bench.add_several(3, || bench.of_kind(FILM)).await;
    assert!(claim(&bench, MAIL, 5).await.is_empty());
    let mails = bench.add_several(2, || bench.of_kind(MAIL)).await;
    let later = bench.add_several(2, || bench.of_kind(FILM)).await;
    let both = bench.claim_serving(bench.worker(), 10, &these(&[MAIL, FILM])).await;
    assert_eq!(ids(&both), [passed, mails, later].concat());
}

pub async fn a_worker_that_serves_everything_gets_what_was_passed_over(bench: Bench) {
    let film = bench.add(bench.of_kind(FILM)).await;
    assert!(claim(&bench, MAIL, 5).await.is_empty());
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), [film]);
}

pub async fn many_that_are_not_served_hold_up_no_other(bench: Bench) {
    bench.add_several(1_200, || bench.of_kind(FILM)).await;
    let mail = bench.add(bench.of_kind(MAIL)).await;
    assert_eq!(ids(&claim(&bench, MAIL, 1).await), [mail]);
    let mut films = 0;
    while films < 1_200 {
        let given = claim(&bench, FILM, 100).await.len();
        assert!(given > 0, "{films} of 1200 came");
        films += given;
    }
}

pub async fn turns_of_tenants_hold_for_what_was_passed_over(bench: Bench) {
    for tenant in ["big", "small"] {
        let film = || NewJob { kind: FILM.parse().unwrap(), ..bench.of_tenant(tenant) };
        bench.add_several(10, film).await;
    }
    assert!(claim(&bench, MAIL, 5).await.is_empty());
    let given = claim(&bench, FILM, 20).await;
    assert_eq!(given.len(), 20);
    let big = given[..10].iter().filter(|job| job.tenant.as_str() == "big").count();
    assert_eq!(big, 5, "tenants take turns");
}

pub async fn a_mixed_fleet_hands_a_job_on_to_who_serves_it(bench: Bench) {
    for _ in 0..10 {
        let bench = bench.another_queue().await;
        let mailer = Idle::serving(&bench, these(&[MAIL])).await;
        let mut filmer = Idle::serving(&bench, these(&[FILM])).await;
        let mut keeper = bench.engine.lease_keeper().await.unwrap();
        keeper.heartbeat(&bench.beat_serving(mailer.worker, &[MAIL])).await.unwrap();
        keeper.heartbeat(&bench.beat_serving(filmer.worker, &[FILM])).await.unwrap();
        filmer.find_nothing().await;
        mailer.find_nothing().await;
        let film = bench.add(bench.of_kind(FILM)).await;
        // Whoever was woken, the mailer looks first.
        mailer.find_nothing().await;
        assert!(filmer.is_woken().await);
        let given = bench.claim_serving(filmer.worker, 1, &these(&[FILM])).await;
        assert_eq!(ids(&given), [film]);
    }
}

pub async fn nobody_is_woken_again_and_again_for_what_nobody_serves(bench: Bench) {
    let mut mailer = Idle::serving(&bench, these(&[MAIL])).await;
    mailer.find_nothing().await;
    let film = bench.add(bench.of_kind(FILM)).await;
    // It may be told once of a job whose kind nobody has looked at yet.
    let mut told = 0;
    for _ in 0..4 {
        told += usize::from(!mailer.is_left_alone().await);
        mailer.find_nothing().await;
    }
    assert!(told <= 1, "it was told {told} times");
    assert_eq!(bench.state(film).await, JobState::Available);
}

pub async fn rules_hold_for_what_was_passed_over(bench: Bench) {
    let film = bench.add(bench.of_kind(FILM)).await;
    assert!(claim(&bench, MAIL, 5).await.is_empty());
    for scope in ["queue", "tenant:default", "kind:conformance.film"] {
        bench.pause(scope).await;
        assert!(claim(&bench, FILM, 5).await.is_empty(), "{scope}");
        bench.resume(scope).await;
        assert!(claim(&bench, MAIL, 5).await.is_empty(), "{scope}");
    }
    assert_eq!(ids(&claim(&bench, FILM, 5).await), [film]);
}

pub async fn what_waits_for_a_worker_can_be_cancelled_and_deleted(bench: Bench) {
    let films = bench.add_several(3, || bench.of_kind(FILM)).await;
    assert!(claim(&bench, MAIL, 5).await.is_empty());
    bench.cancel(films[0]).await;
    bench.delete(films[1]).await;
    assert_eq!(bench.depth().await.available, 1);
    assert_eq!(ids(&claim(&bench, FILM, 5).await), films[2..]);
}

pub async fn a_suspect_goes_only_to_who_serves_it(bench: Bench) {
    let film = bench.suspected(bench.of_kind(FILM)).await;
    for _ in 0..3 {
        let asked = bench.ask_serving(bench.worker(), 1, Suspects::Take, these(&[MAIL])).await;
        assert!(asked.jobs.is_empty());
    }
    let asked = bench.ask_serving(bench.worker(), 1, Suspects::Leave, these(&[FILM])).await;
    assert!(asked.jobs.is_empty(), "it stays a suspect");
    let asked = bench.ask_serving(bench.worker(), 1, Suspects::Take, these(&[FILM])).await;
    assert_eq!((ids(&asked.jobs), asked.jobs[0].suspect), (vec![film], true));
}

pub async fn workers_of_two_kinds_end_all_of_both(bench: Bench) {
    let second = bench.second().await;
    for _ in 0..50 {
        bench.enqueue(&[bench.of_kind(FILM), bench.of_kind(MAIL), bench.of_kind(FILM)]).await;
    }
    let work = async |bench: &Bench, kind: &'static str| {
        let mut given = 0;
        loop {
            let claimed = claim(bench, kind, 3).await;
            assert!(claimed.iter().all(|job| job.kind.as_str() == kind));
            if claimed.is_empty() {
                return given;
            }
            given += claimed.len();
        }
    };
    // What one has put aside just now comes to the other with its next look.
    let (mails, films) = tokio::join!(work(&bench, MAIL), work(&second, FILM));
    assert_eq!(mails + work(&bench, MAIL).await, 50);
    assert_eq!(films + work(&second, FILM).await, 100);
}

async fn claim(bench: &Bench, kind: &str, most: usize) -> Vec<windlass_queue::ClaimedJob> {
    let serves: Serves = these(&[kind]);
    bench.claim_serving(bench.worker(), most, &serves).await
}
