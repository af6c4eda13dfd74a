//! What every runtime has to do: one list of scenarios over real sockets, each a test for each runtime, plain and by TLS.
//!
//! A scenario of servers is a function of a [`Runtime`](server::Runtime). It starts a server there, and talks to it as clients
//! do that know nothing of runtimes: with blocking sockets and the core's parts. A scenario of [`clients`] is one of a runtime
//! that has them: they meet a server of the same runtime, or one that says what it is told to. What is said in both directions
//! is compared between runtimes, byte by byte ([`transcripts`]).
//!
//! What a runtime has of its own (an async handle, a lent hub, a loop that is driven by hand) is tested in its own crate.

mod client;
mod clients;
mod deadlines;
mod diary;
mod faults;
mod host;
mod latency;
mod limits;
mod listening;
mod names;
mod processes;
mod reconfigure;
mod relay;
mod runtimes;
mod server;
mod shutdown;
mod slow;
mod talk;
mod transcripts;
mod tunnel;
mod wire;

use std::time::Duration;

/// Long enough for a busy machine; a test that waits for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// `NAME::FILE::SCENARIO` is a test for each name. A scenario that is not listed is a warning: nobody calls it.
macro_rules! tests {
    ($name:ident, $value:path, $files:path: $($file:ident { $($scenario:ident)* })*) => {
        mod $name {
            use $files as files;

            $(mod $file {
                $(#[test]
                fn $scenario() {
                    super::files::$file::$scenario(&$value);
                })*
            })*
        }
    };
}

/// What waits more than it works: for all runtimes at once, each on a thread of its name.
macro_rules! at_once {
    ($name:ident, $runtimes:expr, $files:path: $($file:ident { $($scenario:ident)* })*) => {
        mod $name {
            use $files as files;

            $(mod $file {
                $(#[test]
                fn $scenario() {
                    crate::runtimes::at_once($runtimes, |runtime| super::files::$file::$scenario(runtime));
                })*
            })*
        }
    };
}

/// What holds for every runtime, as a library.
macro_rules! plain_scenarios {
    ($($scenarios:tt)*) => {
        tests! { tokio, crate::runtimes::TOKIO, crate: $($scenarios)* }
        tests! { tokio_2_workers, crate::runtimes::TOKIO_2_WORKERS, crate: $($scenarios)* }
        tests! { async_std, crate::runtimes::ASYNC_STD, crate: $($scenarios)* }
        tests! { mio, crate::runtimes::MIO, crate: $($scenarios)* }
        tests! { mio_2_workers, crate::runtimes::MIO_2_WORKERS, crate: $($scenarios)* }
    };
}

/// What holds whether connections are plain or TLS.
macro_rules! scenarios {
    ($($scenarios:tt)*) => {
        plain_scenarios! { $($scenarios)* }
        tests! { tokio_tls, crate::runtimes::TOKIO_TLS, crate: $($scenarios)* }
        tests! { async_std_tls, crate::runtimes::ASYNC_STD_TLS, crate: $($scenarios)* }
        tests! { mio_tls, crate::runtimes::MIO_TLS, crate: $($scenarios)* }
        tests! { mio_2_workers_tls, crate::runtimes::MIO_2_WORKERS_TLS, crate: $($scenarios)* }
    };
}

/// What holds for every server, as a program.
macro_rules! programs {
    ($($scenarios:tt)*) => {
        tests! { rtmp, crate::processes::RTMP, crate: $($scenarios)* }
        tests! { rtmp_mio, crate::processes::RTMP_MIO, crate: $($scenarios)* }
        tests! { rtmp_mio_2_workers, crate::processes::RTMP_MIO_2_WORKERS, crate: $($scenarios)* }
    };
}

/// What holds for the clients of every runtime, plain and by TLS.
macro_rules! clients {
    ($($scenarios:tt)*) => {
        tests! { tokio_clients, crate::runtimes::TOKIO, crate::clients: $($scenarios)* }
        tests! { async_std_clients, crate::runtimes::ASYNC_STD, crate::clients: $($scenarios)* }
        tests! { mio_clients, crate::runtimes::MIO, crate::clients: $($scenarios)* }
        tls_clients! { $($scenarios)* }
    };
}

/// What holds for the clients of every runtime that come by TLS.
macro_rules! tls_clients {
    ($($scenarios:tt)*) => {
        tests! { tokio_clients_tls, crate::runtimes::TOKIO_BY_TLS, crate::clients: $($scenarios)* }
        tests! { async_std_clients_tls, crate::runtimes::ASYNC_STD_BY_TLS, crate::clients: $($scenarios)* }
        tests! { mio_clients_tls, crate::runtimes::MIO_BY_TLS, crate::clients: $($scenarios)* }
    };
}

clients! {
    calls {
        what_a_client_publishes_another_plays_bit_for_bit
        streams_of_one_client_do_not_mix
        one_client_publishes_and_plays
        a_client_is_told_that_a_name_is_taken
        a_client_is_told_that_nobody_publishes
        a_client_that_is_sent_elsewhere_goes_on_there
        a_client_that_is_dropped_is_gone
        a_server_that_stops_is_an_error_of_its_clients
        nobody_listens
    }
    faults {
        who_speaks_something_else_is_left
        garbage_in_the_place_of_chunks_ends_the_connection
        a_command_that_is_none_ends_the_connection
        a_message_that_is_too_long_ends_the_connection
        a_server_that_leaves_in_the_middle_of_a_message_has_cut_it
        a_server_that_leaves_in_the_middle_of_a_gop_is_an_error
        a_server_that_hangs_up_is_told_by_what_it_owes
    }
    redirects {
        a_redirection_is_followed
        redirections_without_end_have_one
    }
    slow {
        a_publisher_waits_for_a_server_that_reads_slowly
        a_player_that_takes_nothing_is_left_behind
    }
    wire {
        a_server_may_send_one_byte_at_a_time
        a_handshake_without_digests_is_taken
        a_server_that_can_not_read_digests_is_spoken_to_without
        chunk_sizes_may_change_in_the_middle
        timestamps_may_be_extended_and_wrap
        streams_of_one_connection_do_not_mix
        what_is_received_is_acknowledged
        what_was_sent_arrives_before_the_farewell
    }
}

at_once! { all_clients, &crate::runtimes::CALLING, crate::clients:
    addresses {
        an_address_that_does_not_answer_is_passed_over
        silence_is_told_when_all_addresses_are_silent
        a_refusal_is_told_before_silence
    }
    deadlines {
        a_server_without_a_handshake_is_given_up
        a_server_that_does_not_answer_is_given_up
        a_server_that_goes_silent_is_noticed
        a_host_that_takes_its_time_keeps_its_server
        what_has_come_while_the_host_was_busy_has_come
        a_server_that_takes_what_is_published_is_not_pinged
        a_server_that_pings_is_answered
        a_server_that_stops_reading_is_given_up
    }
}

/// What needs another server's program.
#[cfg(feature = "real-clients")]
mod others {
    clients! {
        nginx {
            what_is_published_to_nginx_is_played_from_it
            nginx_says_that_a_name_is_taken
        }
    }
}

/// What is about TLS.
mod tls {
    tls_clients! {
        tls {
            who_is_not_trusted_is_told_nothing
            who_speaks_no_tls_is_closed_and_touches_nobody_else
            who_does_not_finish_the_handshake_of_tls_is_closed
        }
    }
}

programs! {
    processes {
        connections_that_are_reset_leave_nothing_behind
        running_out_of_descriptors_is_survived
        stuck_players_cost_bounded_memory
        a_signal_flushes_and_ends_well
    }
}

scenarios! {
    relay {
        what_one_publishes_others_play_bit_for_bit
        a_late_player_starts_at_the_newest_key_frame
        a_player_that_comes_first_waits_for_its_publisher
        a_player_goes_on_with_the_next_publisher
        all_players_get_the_same
        streams_of_one_connection_do_not_mix
        a_paused_player_goes_on_at_the_newest_key_frame
        a_player_may_switch_off_video
    }
    names {
        a_second_publisher_is_refused_and_the_first_goes_on
        a_stream_may_be_taken_over
        a_player_waits_no_longer_than_it_is_told_to
        a_name_is_free_again_when_its_publisher_is_reset
    }
    wire {
        a_client_may_send_one_byte_at_a_time
        chunk_sizes_may_change_in_the_middle
        timestamps_may_be_extended_and_wrap
        what_is_received_is_acknowledged
        a_digest_handshake_is_answered
    }
    limits {
        above_the_limit_connections_are_accepted_and_closed
    }
    reconfigure {
        who_comes_meets_other_limits_and_who_is_there_stays
        a_stream_goes_on_and_may_be_taken_over
        sessions_keep_what_they_have_begun_with
        how_it_stops_is_what_was_said_last
    }
    host {
        a_panic_ends_its_connection_and_frees_its_streams
        a_refusal_is_told_before_the_connection_closes
        a_host_may_take_its_time_to_decide
        what_comes_before_the_answer_is_read_after_it
    }
    shutdown {
        a_shutdown_is_told_to_publisher_and_player
        a_shutdown_flushes_what_was_published
        a_shutdown_sends_elsewhere_those_who_can_reconnect
        a_shutdown_ends_those_who_do_not_reconnect_in_time
    }
    faults {
        garbage_is_closed_and_touches_nobody_else
        a_message_that_is_too_long_ends_its_connection
        half_a_handshake_is_forgotten
        resets_at_every_stage_leave_nothing_behind
        who_reads_no_answers_is_read_no_further
    }
    slow {
        a_shutdown_does_not_wait_for_who_does_not_read
    }
}

at_once! { all_servers, &crate::runtimes::ALL, crate:
    latency {
        what_comes_within_the_latency_arrives_with_the_first
        what_waits_is_sent_when_the_server_stops
        players_of_a_stream_wait_together_and_are_sent_the_same
    }
    deadlines {
        who_does_not_finish_the_handshake_is_closed
        who_does_not_connect_is_closed
        who_asks_for_nothing_is_closed
        a_peer_that_does_not_answer_a_ping_is_closed
        a_silent_publisher_frees_its_name
    }
    slow {
        a_stuck_player_is_closed
    }
}

/// Scenarios of the sockets themselves, which a tunnel of TLS would hide; of more connections than tunnels are good for; and of
/// who closes one side and listens on, which TLS does not do here: its end is that of both sides.
mod sockets {
    plain_scenarios! {
        relay {
            a_crowd_gets_all_of_a_burst
        }
        wire {
            a_client_may_send_everything_at_once
        }
        faults {
            a_flood_does_not_hold_the_others
        }
        slow {
            a_slow_player_does_not_hold_the_others
        }
        limits {
            one_address_can_be_limited
            connections_that_ask_for_nothing_are_limited_by_address
        }
        listening {
            who_comes_after_the_end_is_refused
            a_unix_socket_serves_and_its_file_comes_and_goes
            the_unspecified_ipv6_address_takes_ipv4_too
            a_port_that_is_taken_is_named_in_the_error
            two_addresses_serve_the_same_streams
        }
    }

    at_once! { all_servers, &crate::runtimes::PLAIN, crate:
        latency {
            a_message_does_not_wait_for_the_last_one_to_be_acknowledged
        }
    }

    at_once! { all_clients, &crate::runtimes::PLAIN_CALLING, crate::clients:
        addresses {
            a_host_is_found_by_its_name
        }
        wire {
            a_message_does_not_wait_for_the_last_one_to_be_acknowledged
        }
        slow {
            what_is_said_last_arrives_although_nobody_takes_what_comes
        }
    }
}
