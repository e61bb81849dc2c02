/// Makes a test of every promise about the life of a job, from its enqueue to its end.
#[doc(hidden)]
#[macro_export]
macro_rules! working {
    ($subject:ident) => {
        $crate::promises! {
            $subject;
            at_least_once {
                an_enqueued_job_is_visible_and_claimable,
                what_one_process_enqueues_another_can_claim,
                a_delayed_job_waits_for_its_time,
                a_claim_brings_what_is_due_without_anybody_promoting_it,
                an_instant_in_the_past_means_now,
                an_instant_ahead_is_kept_to_the_millisecond,
                a_batch_of_a_thousand_is_answered_in_its_order,
                a_batch_may_span_several_queues,
                a_call_about_nothing_is_answered_with_nothing,
                a_completed_job_keeps_its_result,
                a_failed_attempt_is_followed_by_another_when_it_is_due,
                a_retry_without_delay_can_be_claimed_at_once,
                a_snoozed_job_comes_back_with_its_attempt_given_back,
                a_discarded_job_stays_visible_with_its_error,
                a_failure_of_a_later_attempt_is_kept_beside_the_earlier_ones,
                promotion_is_bounded_and_takes_the_earliest_first,
                a_claim_tells_when_the_next_job_is_due,
                a_clock_that_steps_back_strands_nothing,
            }
            gathering {
                jobs_that_come_one_at_a_time_from_many_are_answered_as_if_alone,
            }
            batches {
                many_jobs_are_looked_up_at_once,
                many_claims_are_settled_at_once,
                many_released_jobs_keep_their_order,
                many_failures_come_back_together,
                many_due_jobs_are_claimed_without_anybody_promoting_them,
                many_jobs_are_cancelled_at_once,
                a_worker_hears_of_many_cancellations_by_heartbeat,
                many_claims_are_reported_and_rescued_at_once,
                the_largest_jobs_come_in_batches_too,
            }
            interleaving {
                every_job_completes_once_when_many_claim_and_settle,
            }
            leases {
                every_heartbeat_is_another_sign_of_life,
                a_heartbeat_is_a_sign_of_life_whatever_the_clock_does,
                a_lease_covers_the_queues_of_its_beat_and_no_other,
                workers_have_beats_of_their_own,
                a_retired_worker_leaves_no_beat,
                a_beat_is_buried_only_while_it_is_the_one_that_was_seen,
                a_worker_that_lives_on_after_its_burial_shows_another_sign_of_life,
                a_heartbeat_tells_how_many_claims_are_held,
            }
            rescue {
                a_dead_workers_jobs_return_to_the_front_with_their_attempts,
                a_living_workers_jobs_are_left_alone,
                only_the_dead_one_of_two_workers_loses_its_jobs,
                claims_of_a_worker_that_never_beat_are_rescued_after_a_lease,
                more_claims_than_fit_a_page_are_all_rescued,
                two_rescuers_rescue_each_claim_once,
                clock_steps_kill_nobody,
                a_rescuer_that_was_frozen_judges_nobody_by_what_it_did_not_see,
                a_clock_that_steps_ends_no_attempt_under_a_living_worker,
                an_overdue_attempt_under_a_living_worker_is_retried,
                an_overdue_last_attempt_is_discarded,
            }
            fencing {
                a_repeated_settlement_is_answered_like_the_first_time,
                a_repeated_settlement_holds_after_the_job_was_claimed_again,
                the_first_verdict_holds_when_another_follows_for_the_same_claim,
                a_settlement_is_remembered_over_several_later_claims,
                an_old_claim_cannot_end_a_newer_one,
                claim_numbers_only_grow,
                the_number_of_another_workers_claim_is_no_proof,
                a_rescued_claim_is_stale_in_every_call,
                an_overrun_claim_is_stale_once_it_was_ended,
                a_settled_claim_is_stale_for_everything_but_its_settlement,
                a_claim_on_a_job_that_never_existed_is_stale,
                a_batch_with_stale_claims_is_answered_in_its_order,
            }
            reconciliation {
                a_claim_whose_answer_was_lost_is_held_and_can_be_given_back,
                held_claims_are_those_of_one_worker_in_one_queue,
                claims_that_were_broken_off_strand_nothing,
                running_claims_are_paged_without_loss,
                an_attempt_past_its_time_is_shown_as_overdue,
            }
            interruption {
                a_claim_gives_what_was_asked_for_and_no_more,
                a_claim_that_gives_fewer_says_whether_there_are_more,
                a_released_job_goes_to_the_front_with_its_attempt_given_back,
                several_released_jobs_keep_their_order,
                a_released_job_stays_behind_more_urgent_ones,
                a_released_job_of_a_tenant_goes_to_the_front_of_its_own_lane,
            }
            poison {
                one_death_changes_nothing_but_the_count,
                a_suspect_is_only_given_to_who_takes_suspects,
                a_claim_brings_one_suspect_at_most_and_nothing_beside_it,
                ordinary_jobs_pass_a_suspect,
                a_suspect_that_completes_is_completed,
                beginning_alone_can_be_repeated_and_restarts_the_attempts_time,
                a_death_alone_discards_the_job_with_the_evidence,
                a_death_before_it_began_does_not_count_against_a_suspect,
                a_suspect_stays_one_through_retry_snooze_and_release,
                a_suspect_that_is_cancelled_is_given_to_nobody,
                a_suspect_that_is_given_back_before_it_began_uses_up_no_rate,
                the_caretaker_finds_the_poison_by_itself,
                a_rescue_stores_the_deaths_that_were_decided,
            }
            order {
                first_come_is_first_served,
                priority_comes_before_age,
                an_instant_in_the_past_is_no_privilege,
                the_order_holds_from_claim_to_claim,
                tenants_take_turns,
                turns_go_on_from_claim_to_claim,
                a_tenant_that_comes_late_does_not_wait_for_the_others_to_end,
                priority_and_age_decide_within_each_tenant,
                many_tenants_with_one_job_each_are_all_served,
                a_retried_job_goes_behind_the_others,
                a_promoted_job_keeps_its_priority,
            }
            idempotency {
                a_job_that_is_sent_again_is_answered_with_its_state,
                a_delayed_job_that_is_sent_again_keeps_its_time,
                a_duplicate_changes_nothing_of_the_job,
                a_duplicate_within_one_batch_is_told,
                of_concurrent_duplicates_one_is_accepted,
                a_key_is_remembered_after_its_job_is_gone,
                a_key_is_forgotten_after_its_window,
                a_key_is_remembered_although_another_job_stood_for_its_own,
                a_job_that_outlives_its_window_is_still_the_same_job,
                a_job_without_a_key_is_forgotten_with_its_record,
            }
            cancellation {
                a_waiting_job_is_cancelled_at_once,
                a_cancelled_job_is_not_in_the_way_of_others,
                a_final_job_stays_as_it_is,
                a_cancelled_job_is_cancelled_only_once,
                a_job_that_does_not_exist_is_not_found,
                a_batch_over_several_queues_is_answered_in_its_order,
                a_running_job_is_asked_to_stop,
                the_heartbeat_lists_the_cancellations,
                the_worker_hears_of_a_cancellation_at_once,
                a_requested_cancellation_wins_over_all_but_completion,
                a_failure_is_kept_although_the_job_was_cancelled,
                a_job_whose_worker_died_while_it_stopped_is_cancelled,
                a_handler_may_stop_without_being_asked,
            }
            records {
                a_job_reads_back_as_it_was_enqueued,
                a_claimed_job_carries_all_that_a_worker_needs,
                arguments_and_results_are_kept_to_the_byte,
                the_ends_of_every_range_are_kept,
                jobs_are_looked_up_in_the_order_of_the_question,
                progress_and_log_are_kept,
                a_log_outlives_its_attempt,
                a_log_keeps_its_newest_lines,
                the_newest_errors_are_kept,
                reports_of_several_jobs_are_answered_in_their_order,
                a_scheduled_job_reads_with_the_time_it_waits_for,
            }
            listing {
                pages_of_any_size_bring_each_job_once,
                a_page_shows_jobs_as_they_are_read_alone_but_for_their_logs,
                a_list_can_be_narrowed_to_a_state,
                a_list_can_be_narrowed_to_a_kind_and_a_tenant,
                a_list_without_a_queue_spans_all_queues,
                a_queue_that_is_new_between_two_pages_shifts_none_of_the_others,
                a_cursor_that_no_page_gave_is_refused,
                a_list_of_nothing_ends,
                the_depth_counts_each_state,
            }
            retention {
                completed_jobs_go_by_age,
                cancelled_and_discarded_jobs_go_by_an_age_of_their_own,
                a_bound_on_number_lets_the_oldest_go,
                cancelled_and_discarded_jobs_are_counted_apart,
                pruning_goes_in_bounded_steps_oldest_first,
                what_is_within_its_retention_stays,
                results_are_shown_as_long_as_whoever_prunes_keeps_them,
                jobs_that_are_not_finished_are_never_pruned,
                a_job_that_was_cancelled_while_available_goes_too,
                a_pruned_job_leaves_nothing_that_a_call_could_stumble_over,
            }
            events {
                every_end_of_a_claim_is_told,
                the_end_of_a_job_is_told_with_the_instant_at_which_it_finished,
                ends_of_many_claims_are_told_each_with_its_number,
                what_ends_without_a_claim_is_told_too,
                what_a_rescuer_ends_is_told,
                an_error_names_the_claim_and_the_instant_at_which_it_was_told,
                a_cancelled_job_is_told_as_such_however_its_claim_ends,
                a_deletion_is_told,
                what_changes_nothing_is_not_told,
            }
            following {
                events_are_read_page_by_page_and_again_until_they_are_forgotten,
                who_comes_after_events_were_forgotten_is_told_how_many,
                events_beyond_a_bound_are_dropped_oldest_first_and_counted,
                what_ended_is_kept_until_whoever_follows_has_taken_note_of_it,
                a_result_is_kept_until_whoever_follows_has_taken_note_of_it,
                a_queue_without_events_has_none,
            }
            loads {
                a_queue_without_jobs_has_nothing_to_do,
                what_is_due_is_told_before_anybody_has_promoted_it,
                the_job_that_waits_for_longest_is_told_wherever_it_waits,
                what_comes_back_waits_since_it_may_start_again,
                the_unfinished_jobs_of_a_tenant_are_told,
            }
            waking {
                an_idle_worker_is_woken_by_an_enqueue,
                what_happens_between_the_claim_and_the_wait_is_not_lost,
                a_worker_with_free_slots_left_is_woken_too,
                a_worker_is_woken_each_time_it_has_found_nothing,
                as_many_workers_are_woken_as_there_are_jobs,
                a_worker_that_was_woken_leaves_the_next_job_to_another,
                a_worker_is_woken_by_the_promotion_of_a_due_job,
                a_worker_is_woken_by_what_another_finds_due_and_leaves,
                a_worker_is_woken_by_what_another_gives_back,
                a_worker_is_woken_when_a_job_becomes_a_suspect,
                an_earlier_due_time_wakes_who_sleeps_until_a_later_one,
                the_due_time_of_a_retry_or_a_snooze_wakes_who_sleeps,
                nothing_is_told_when_nothing_happened,
            }
            queues {
                an_engine_answers,
                a_queue_keeps_its_number,
                queues_have_distinct_numbers_whoever_names_them_first,
                the_queues_are_listed_by_name,
                queues_share_nothing,
            }
            histories {
                plain_work_agrees_with_the_model,
                pauses_agree_with_the_model,
                limits_agree_with_the_model,
                rates_agree_with_the_model,
                unique_jobs_agree_with_the_model,
                batches_agree_with_the_model,
                deaths_agree_with_the_model,
                steering_agrees_with_the_model,
            }
            histories_found {
                a_queue_that_gives_nothing_does_not_ask_for_another_call,
                what_tenants_share_is_used_up_in_the_order_of_their_turns,
                a_worker_gets_all_that_waits_for_its_kind_in_one_go,
                what_follows_a_job_that_a_claim_finds_expired_is_not_forgotten,
                a_running_job_that_is_reprioritized_comes_back_to_the_front,
                room_that_the_next_one_cannot_use_goes_to_the_one_behind_it,
            }
        }
    };
}
