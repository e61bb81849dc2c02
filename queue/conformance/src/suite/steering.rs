/// Makes a test of every promise about what people and jobs may ask for besides: uniqueness, expiry, redrives, records, children, batches, reasons.
#[doc(hidden)]
#[macro_export]
macro_rules! steering {
    ($subject:ident) => {
        $crate::promises! {
            $subject;
            uniqueness {
                reject_answers_the_holder_and_changes_nothing,
                a_waiting_holder_takes_over_the_newer_content,
                a_waiting_holder_takes_over_the_newer_time,
                debouncing_pushes_the_time_back_again_and_again,
                a_replaced_holder_goes_behind_the_others,
                a_parked_holder_that_is_replaced_comes_once,
                what_runs_is_the_answer_to_reject_and_replace,
                what_is_over_is_the_answer_within_its_period,
                what_is_gone_is_the_answer_within_its_period,
                several_of_one_call_are_resolved_in_their_order,
                an_id_that_exists_is_a_duplicate_before_anything_else,
                keys_are_each_queues_own_and_others_do_not_conflict,
                a_holder_with_other_content_forgets_what_it_recorded,
            }
            keys {
                until_its_start_a_job_holds_its_key_until_it_is_claimed,
                until_its_end_a_job_keeps_its_key_through_every_attempt,
                every_end_frees_the_key_of_a_job_that_holds_it_until_then,
                what_ends_before_it_started_frees_its_key,
                for_a_period_a_job_keeps_its_key_whatever_becomes_of_it,
                who_is_cancelled_or_deleted_keeps_no_period,
                a_job_that_ended_and_is_redriven_holds_its_key_again,
                a_redrive_is_refused_while_another_holds_the_key,
                the_period_of_a_redriven_job_starts_anew,
                a_promoted_job_still_holds_its_key,
            }
            heirs {
                an_heir_waits_while_the_holder_runs_and_follows_it,
                an_heir_waits_on_while_the_holder_is_tried_again,
                a_key_has_one_heir_which_takes_over_what_comes_later,
                an_heir_takes_over_what_comes_later_although_the_holder_waits_too,
                an_heir_takes_over_what_comes_later_although_the_holder_is_over_or_gone,
                an_heir_holds_the_key_in_its_turn,
                an_heir_whose_time_is_ahead_becomes_scheduled,
                an_heir_whose_time_came_while_it_waited_is_available,
                an_heir_that_is_gone_leaves_its_place_to_the_next,
                an_heir_follows_a_holder_that_is_cancelled_or_deleted_between_attempts,
                an_heir_can_neither_be_redriven_nor_claimed_but_reprioritized,
                an_heir_wakes_a_worker_when_it_follows,
                an_heir_beside_a_period_follows_when_it_is_over,
                an_heirs_own_period_counts_from_when_it_follows,
                an_heir_that_has_expired_by_then_does_not_start,
            }
            retries {
                a_jobs_own_backoff_comes_with_every_claim,
                a_jobs_own_backoff_wins_over_that_of_its_kind,
                an_overdue_attempt_waits_as_its_job_wants,
                a_provider_that_asks_for_patience_uses_up_no_attempt,
                a_redriven_job_has_all_its_attempts_again,
            }
            expiry {
                an_expired_job_is_discarded_instead_of_started,
                the_caretaker_discards_what_has_expired_wherever_it_waits,
                what_expired_while_it_was_held_up_never_starts,
                a_job_that_runs_past_its_expiry_may_end,
                a_job_that_comes_back_after_its_expiry_is_tried_no_more,
                a_lost_job_that_has_expired_is_tried_no_more,
                an_expiry_counts_from_acceptance_or_is_an_instant,
                a_job_that_comes_too_late_is_accepted_and_given_up,
                what_expired_is_redriven_without_its_expiry,
                a_redrive_of_a_waiting_job_leaves_its_expiry,
                what_expired_takes_neither_slot_nor_start,
                an_expired_job_is_pruned_like_any_discarded_one,
            }
            redriving {
                a_job_that_ended_begins_anew,
                a_job_that_waits_for_its_time_runs_now,
                a_job_that_is_available_stays_in_its_place,
                a_job_that_runs_is_left_alone,
                other_arguments_take_the_place_of_the_old_ones,
                a_job_with_a_unique_key_keeps_its_arguments,
                a_redriven_job_goes_behind_the_others,
                a_poisoned_job_is_given_another_chance,
                redrives_are_answered_in_their_order_over_queues,
                a_redriven_job_wakes_a_worker,
                a_redriven_job_is_not_pruned,
                its_limits_hold_for_a_redriven_job,
                errors_of_both_lives_are_kept,
            }
            deleting {
                a_job_can_be_deleted_in_every_state_in_which_it_does_not_run,
                a_job_that_runs_is_not_deleted,
                nothing_is_left_of_a_deleted_job,
                deletions_are_answered_in_their_order_over_queues,
                a_deleted_job_with_a_key_is_still_remembered,
                a_deleted_job_is_in_nobodys_way,
                an_id_that_comes_again_after_its_deletion_runs_once,
                a_deleted_suspect_is_given_to_nobody,
            }
            reprioritizing {
                an_available_job_goes_to_the_back_of_its_new_lane,
                a_job_that_is_moved_back_and_forth_comes_once,
                a_waiting_job_has_its_priority_when_its_time_comes,
                a_running_job_runs_on_and_comes_back_with_its_new_priority,
                a_job_that_has_ended_keeps_its_priority,
                a_suspect_stays_one_whatever_its_priority,
                priorities_are_answered_in_their_order_over_queues,
                a_job_of_a_tenant_whose_other_jobs_are_over_is_found_in_its_new_lane,
            }
            races {
                a_cancellation_wins_over_every_rescue,
                a_cancellation_after_a_failure_ends_the_job_before_its_next_attempt,
                a_requested_cancellation_does_not_outlive_its_attempt,
                completion_and_cancellation_agree_who_was_first,
                a_job_is_claimed_or_deleted_and_never_both,
                what_is_redriven_and_moved_from_all_sides_runs_once,
            }
            steps {
                a_step_is_recorded_once,
                steps_come_back_in_the_order_of_their_names,
                a_checkpoint_takes_the_place_of_the_one_before,
                records_are_kept_to_the_byte,
                every_later_attempt_knows_what_was_recorded,
                a_checkpoint_alone_is_a_record_too,
                who_does_not_run_the_job_neither_reads_nor_writes,
                other_arguments_begin_without_records,
                a_job_records_so_many_steps_and_no_more,
                a_job_records_so_many_bytes_and_no_more,
                records_stay_with_a_job_that_has_ended_until_it_goes,
            }
            children {
                children_are_there_with_the_completion,
                a_completion_that_is_repeated_brings_no_second_children,
                a_stale_completion_brings_no_children,
                children_follow_although_a_cancellation_was_requested,
                children_go_to_other_queues,
                a_child_in_another_queue_wakes_a_worker_there,
                many_children_of_many_queues_all_arrive,
                no_bound_keeps_children_out,
                uniqueness_and_ids_hold_for_children,
                a_child_may_take_the_key_that_its_parent_held,
                a_child_wakes_a_worker,
            }
            members {
                a_batch_is_what_it_was_opened_as,
                the_last_end_of_a_sealed_batch_enqueues_its_callback,
                every_end_of_a_member_is_counted_as_what_it_is,
                members_may_end_before_the_batch_is_sealed,
                an_empty_batch_ends_when_it_is_sealed,
                calls_on_a_batch_can_be_repeated,
                a_sealed_batch_takes_no_change_of_its_members,
                members_that_were_not_accepted_are_struck_out,
                a_batch_that_is_not_there_is_not_found,
                members_and_callback_may_live_in_other_queues,
                a_redriven_member_counts_once,
                members_that_end_all_at_once_bring_one_callback,
                children_may_be_members,
                no_bound_keeps_a_callback_out,
                a_batch_takes_so_many_members_and_no_more,
            }
            old_batches {
                a_batch_that_has_ended_goes_like_a_completed_job,
                a_batch_that_was_never_sealed_goes_after_a_month_or_with_failed_jobs,
                a_sealed_batch_whose_members_live_is_never_pruned,
                a_sealed_batch_that_waits_for_nobody_who_exists_goes_after_a_month,
                batches_that_live_keep_no_others_from_being_pruned,
            }
            reasons {
                nothing_holds_up_what_is_next_runs_or_is_over,
                a_job_whose_time_is_ahead_says_when,
                an_heir_says_whom_it_waits_for,
                every_pause_is_named_with_its_end_and_its_note,
                a_full_limit_names_its_holders,
                a_limit_for_each_is_named_by_the_one_that_is_full,
                so_many_holders_are_named_and_no_more,
                a_rate_says_from_when_on_the_next_may_start,
                a_job_says_that_nobody_is_there_or_serves_it,
                what_is_parked_for_want_of_a_worker_says_so,
                a_suspect_says_that_it_must_run_alone,
                those_ahead_in_its_lane_are_counted,
                all_that_holds_a_job_up_is_told_in_order,
                a_job_that_was_given_up_holds_nothing,
            }
            fleet {
                a_living_worker_is_shown_as_it_introduced_itself,
                a_worker_is_shown_as_of_its_newest_beat,
                workers_are_listed_by_name,
                what_a_worker_runs_is_counted_in_each_queue,
                a_worker_that_is_gone_is_shown_no_more,
                a_worker_that_comes_back_with_other_kinds_serves_those,
            }
            counting {
                depths_agree_with_lists_after_all_that_can_happen,
                parked_pending_and_suspected_jobs_are_listed,
                a_list_can_be_narrowed_to_a_tag,
                a_list_can_be_narrowed_to_a_time,
                all_of_a_filter_has_to_match,
            }
        }
    };
}
