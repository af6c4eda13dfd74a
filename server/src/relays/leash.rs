//! What a task is held by.

use tokio::sync::watch;

/// Held by who has started a task. Dropping it ends the task, in its own way.
#[derive(Debug)]
pub(super) struct Hold(watch::Sender<bool>);

/// The task's end of it.
#[derive(Debug)]
pub(super) struct Leash(watch::Receiver<bool>);

/// Both ends.
pub(super) fn leash() -> (Hold, Leash) {
    let (sender, receiver) = watch::channel(false);
    (Hold(sender), Leash(receiver))
}

impl Hold {
    /// Ends the task, and waits until it has ended.
    pub(super) async fn end(self) {
        self.0.send_replace(true);
        self.0.closed().await;
    }
}

impl Leash {
    /// Ready once the task is to end.
    pub(super) async fn is_let_go(&mut self) {
        // An error is a sender that has been dropped.
        let _ = self.0.wait_for(|&is_let_go| is_let_go).await;
    }
}
