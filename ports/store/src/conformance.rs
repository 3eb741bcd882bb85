//! The one suite that every [`Store`](crate::Store) passes. Each story takes an
//! empty store; [`conformance_tests!`](crate::conformance_tests) makes a test
//! of each.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is test code that other crates' tests call"
)]

pub mod links;
pub mod networks;
pub mod people;
pub mod sessions;

/// Makes one test of each story; takes an async function that gives an empty
/// `Arc<dyn Store>` and what must be kept as long as the store is used.
#[macro_export]
macro_rules! conformance_tests {
    ($empty:path) => {
        $crate::conformance_tests!($empty, people:
            a_name_is_given_once
            an_account_is_read_as_it_was_written
            one_field_changes_and_the_others_stay
            a_device_belongs_to_an_account
            a_web_session_ends_at_its_time_not_before
            a_changed_password_ends_the_other_web_sessions
            an_erased_person_leaves_nothing_behind
        );
        $crate::conformance_tests!($empty, links:
            a_sign_in_link_signs_in_once
            of_many_at_once_one_uses_the_sign_in_link
            a_late_sign_in_link_says_so
            a_share_link_is_found_by_its_token_and_its_id
            only_the_owner_withdraws_a_share_link
            an_opening_is_noted_once_for_each_account
        );
        $crate::conformance_tests!($empty, sessions:
            a_session_record_is_replaced_as_a_whole
            sessions_come_the_newest_first_and_by_pages
            consents_facts_and_verdicts_need_a_session
            facts_are_numbered_by_the_store
            a_replaced_observer_gets_new_numbers
            a_fact_of_another_session_is_refused_with_all_that_came_with_it
            verdicts_stay_in_their_order
            what_is_over_is_swept_and_the_rest_stays
        );
        $crate::conformance_tests!($empty, networks:
            a_pair_of_networks_is_told_by_its_newest_session
            an_erased_session_leaves_its_networks_without_it
            the_newest_working_path_between_two_networks_is_kept
            networks_without_sessions_are_swept
        );
    };
    ($empty:path, $chapter:ident: $($story:ident)*) => {
        $(
            #[tokio::test]
            async fn $story() {
                let (store, _kept) = $empty().await;
                $crate::conformance::$chapter::$story(store).await;
            }
        )*
    };
}
