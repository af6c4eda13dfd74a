//! Every capture of `testdata/captures` goes through the core: its clients meet our server, on a clock of the
//! test's own. What happens then is kept as snapshots, in the form in which `rtmp inspect` shows captures, so that it
//! can be laid beside what the recorded server answered (`server/tests/snapshots`). C2 is "neither echo nor digest" in
//! most of them: it answers the S1 of the server that was recorded.
//!
//! A capture put into the folder gets its snapshot with `INSTA_UPDATE=always cargo test -p rtmp-tests --test replay`.

mod client;
mod player;
mod recording;
mod refusals;
mod relay;
mod replay;
mod report;
mod server;
mod source;
mod splits;
mod wiretap;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crate::replay::Replay;
use crate::source::Source;

#[test]
fn recorded_clients_are_answered_and_what_they_publish_is_relayed() {
    let source = Source::recorded();
    let checked = AtomicUsize::new(0);
    for_each_capture(|file| {
        let sessions = recording::read(file);
        let replays = Replay::all(&sessions, &source);
        let reports: Vec<_> = replays.iter().map(Replay::report).collect();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(recording::name(file), reports.join("\n")));
        let players: usize = replays.iter().map(Replay::check_relay).sum();
        checked.fetch_add(players, Relaxed);
    });
    assert!(
        checked.into_inner() > 100,
        "most publishers' players were looked at"
    );
}

#[test]
fn the_same_happens_however_the_input_is_cut() {
    let source = Source::recorded();
    for_each_capture(|file| {
        for session in &recording::read(file) {
            splits::check(session, &source);
        }
    });
}

#[test]
fn recorded_clients_that_are_refused_are_told_why() {
    let source = Source::recorded().brief();
    let refused = AtomicUsize::new(0);
    for_each_capture(|file| {
        for session in recording::read(file).iter().filter(|_| recording::is_known(file)) {
            refused.fetch_add(refusals::check(session, &source), Relaxed);
        }
    });
    assert!(refused.into_inner() > 0, "somebody publishes or plays");
}

/// Runs `check` on all captures, on all cores. All that fail are named.
fn for_each_capture(check: impl Fn(&Path) + Sync) {
    let files = Mutex::new(recording::captures());
    let failed = Mutex::new(Vec::new());
    assert!(!files.lock().unwrap().is_empty(), "there are captures");
    let next = || -> Option<PathBuf> { files.lock().unwrap().pop() };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some(file) = next() {
                    if catch_unwind(AssertUnwindSafe(|| check(&file))).is_err() {
                        failed.lock().unwrap().push(recording::name(&file));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} captures failed: {}",
        failed.len(),
        failed.join(", ")
    );
}
