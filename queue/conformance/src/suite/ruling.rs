/// Makes a test of every promise about the rules of a queue: order, pauses, limits and bounds.
#[doc(hidden)]
#[macro_export]
macro_rules! ruling {
    ($subject:ident) => {
        $crate::promises! {
            $subject;
            turns {
                a_turn_gives_as_many_jobs_as_its_tenants_weight,
                turns_are_the_same_whatever_claims_ask_for,
                a_weight_holds_from_when_it_is_set_until_it_is_removed,
                a_tenant_that_has_no_more_jobs_gives_its_turn_on,
                priority_comes_before_turns_where_the_queue_says_so,
                tenants_take_weighed_turns_within_one_priority,
                first_in_first_out_holds_within_a_priority,
                the_order_may_change_while_jobs_wait,
                a_change_of_order_strands_nothing_of_many_tenants,
                a_change_of_order_among_many_claimers_loses_nothing,
                what_is_held_up_lets_others_pass_in_either_order,
                limits_hold_in_either_order,
                a_change_of_order_leaves_what_is_held_up_where_it_is,
            }
            pauses {
                a_paused_queue_gives_nothing_until_it_is_resumed,
                what_is_paused_lets_all_others_pass,
                what_was_paused_comes_back_in_order_and_before_what_came_later,
                what_a_pause_finds_waiting_is_held_up_too,
                what_runs_goes_on_under_a_pause,
                a_pause_with_an_end_lifts_by_itself_and_says_when,
                a_pause_takes_the_place_of_an_earlier_one,
                a_hold_never_shortens_what_is_in_force,
                a_hold_leaves_a_pause_without_an_end_as_it_is,
                a_job_comes_only_when_nothing_of_it_is_paused,
                resuming_tells_whether_there_was_a_pause,
                resuming_wakes_as_many_workers_as_there_are_jobs,
                a_resumed_queue_wakes_its_workers,
                the_end_of_a_pause_wakes_a_worker_through_the_caretaker,
                what_is_rescued_under_a_pause_waits_for_its_end,
            }
            parking {
                a_full_key_holds_up_no_other,
                a_slot_is_not_kept_for_who_may_not_take_it,
                parked_jobs_are_available_to_those_who_look,
                the_rules_tell_where_jobs_are_parked,
                a_parked_job_that_is_cancelled_comes_no_more,
                a_parked_job_that_is_deleted_comes_no_more,
                what_is_cancelled_while_parked_takes_nobodys_slot,
                a_parked_job_that_is_redriven_stays_where_it_is,
                a_parked_job_that_is_reprioritized_comes_with_its_new_priority,
                what_becomes_due_under_a_block_is_parked_and_comes_once,
                what_is_parked_in_great_number_all_comes_back,
                a_parked_job_is_parked_again_where_another_rule_holds_it_up,
                a_suspect_under_a_block_waits_for_its_end,
                a_suspect_under_a_block_holds_up_no_other,
                a_suspect_takes_a_slot_as_others_do,
                a_resumed_and_paused_again_scope_strands_nothing,
            }
            unserved {
                a_worker_gets_only_what_it_serves,
                what_was_passed_over_comes_before_what_came_later,
                a_worker_that_serves_everything_gets_what_was_passed_over,
                many_that_are_not_served_hold_up_no_other,
                turns_of_tenants_hold_for_what_was_passed_over,
                a_mixed_fleet_hands_a_job_on_to_who_serves_it,
                nobody_is_woken_again_and_again_for_what_nobody_serves,
                rules_hold_for_what_was_passed_over,
                what_waits_for_a_worker_can_be_cancelled_and_deleted,
                a_suspect_goes_only_to_who_serves_it,
                workers_of_two_kinds_end_all_of_both,
            }
            limits {
                no_more_run_than_each_sort_of_limit_allows,
                a_limit_holds_up_nothing_else,
                a_limit_for_each_counts_each_by_itself,
                a_limit_of_its_own_takes_the_place_of_the_one_for_each,
                without_its_own_the_limit_for_each_holds_again,
                a_slot_is_free_again_whatever_ends_the_claim,
                a_slot_is_free_again_whatever_a_rescue_decides,
                a_settlement_that_is_repeated_frees_no_second_slot,
                a_limit_counts_what_runs_already,
                a_limit_counts_many_that_run_even_when_its_setter_goes_away,
                a_limit_can_be_raised_lowered_and_removed_while_jobs_run,
                a_limit_that_comes_back_counts_all_that_runs,
                a_job_needs_a_free_slot_under_every_limit_of_it,
                a_tenant_with_a_full_limit_costs_the_others_no_turn,
                a_free_slot_wakes_a_worker,
                a_raised_limit_wakes_a_worker,
            }
            rates {
                a_rate_lets_one_start_after_the_other,
                a_burst_is_saved_up_and_never_more_than_it,
                the_engine_says_when_the_next_one_may_start,
                a_start_that_came_to_nothing_is_not_given_back,
                a_job_that_is_held_up_elsewhere_uses_no_start,
                a_rate_for_each_counts_each_by_itself,
                concurrency_and_rate_of_one_limit_both_hold,
                a_rate_that_is_removed_holds_nothing_up_any_more,
                a_rate_that_is_changed_holds_from_then_on,
                the_caretaker_brings_back_what_a_rate_held_up,
                a_clock_that_steps_back_closes_a_rate_for_no_longer_than_a_burst,
            }
            contention {
                no_limit_is_ever_exceeded_by_many_claimers,
                no_rate_is_ever_exceeded_by_many_claimers,
                rules_that_come_and_go_while_many_work_strand_nothing,
                of_jobs_that_mean_the_same_one_is_accepted,
            }
            bounds {
                a_full_queue_takes_no_more,
                a_tenant_takes_up_its_quota_and_no_more,
                without_its_own_quota_a_tenant_has_that_of_all,
                what_has_ended_makes_room,
                what_waits_counts_wherever_it_waits,
                a_bound_can_be_raised_and_removed,
                a_draining_queue_works_off_what_it_has,
                what_is_answered_from_what_is_there_is_never_refused,
                an_heir_is_a_new_job_and_its_replacement_is_not,
                a_redrive_is_never_refused_for_a_bound,
                a_bound_holds_exactly_when_many_enqueue_at_once,
                bounds_are_each_queues_own,
            }
            governing {
                a_new_queue_has_no_rules,
                a_policy_is_read_back_as_it_was_set,
                a_change_of_the_policy_leaves_alone_what_it_does_not_name,
                changes_of_the_policy_at_the_same_time_do_not_undo_each_other,
                limits_are_read_back_by_scope,
                tenants_are_read_back_by_name,
                pauses_are_read_back_with_their_ends,
                what_one_process_sets_holds_for_the_other_at_once,
                the_retention_of_the_policy_takes_the_place_of_the_given_one,
                results_go_before_their_jobs,
            }
        }
    };
}
