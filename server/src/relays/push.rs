//! A stream that is published here and elsewhere.

use std::future::poll_fn;
use std::sync::Arc;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, PublishMode, Role, StreamHandle};
use rtmp_core::host::CallError;
use rtmp_core::hub::StreamKey;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, Handle, Player, PlayerEvent};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Shared;
use super::health::{Health, Label, Trouble};
use super::leash::Leash;
use super::presence::{Part, Watch};
use super::seam::Seam;
use super::settings::{Resume, Way};

/// One stream on its way to one server.
pub(super) struct Push {
    pub(super) key: StreamKey,
    pub(super) url: RtmpUrl,
    pub(super) way: watch::Receiver<Way>,
    /// The section that it is of.
    pub(super) relay: u64,
    /// Names it among all.
    pub(super) number: u64,
}

/// The stream as it is read here, from the moment on in which this is made: nothing is missing at the other server that comes
/// while it is called.
pub(super) struct Feed {
    handle: Handle,
    /// It is kept while the other server is away: as long as somebody is on a stream, its time never goes back, whoever
    /// publishes it.
    player: Player,
    /// Something of that has been read.
    has_begun: bool,
    resume: Resume,
    seam: Seam,
}

/// Why an attempt has ended.
enum Outcome {
    /// The relay is taken away, or the server stops.
    Over,
    /// The stream has ended.
    Ended,
    Failed(Trouble),
}

/// Runs a push until its leash is let go, or the stream has ended.
pub(super) async fn run(push: Push, feed: Feed, shared: Arc<Shared>, leash: Leash) {
    let label = Label::new("push", &push.key, &push.url, &shared.journal);
    let mut task = Task {
        health: Health::new(label, Arc::clone(&shared.outages)),
        watch: shared.presence.watch(&push.key),
        push,
        feed,
        shared,
        leash,
    };
    loop {
        match task.attempt().await {
            Outcome::Over => break,
            Outcome::Ended => {}
            Outcome::Failed(error) => {
                let wait = task.health.failed(&error, false);
                tokio::select! {
                    () = task.leash.is_let_go() => break,
                    () = task.watch.until(|counts| !counts.is_published()) => {}
                    () = sleep(wait) => continue,
                }
            }
        }
        if task.shared.push_ends(&task.push.key, task.push.number) {
            break;
        }
    }
    task.health.ended();
}

/// A push that runs.
struct Task {
    push: Push,
    feed: Feed,
    shared: Arc<Shared>,
    health: Health,
    leash: Leash,
    watch: Watch,
}

impl Push {
    async fn connect(&self, shared: &Shared) -> Result<(Client, StreamHandle), CallError> {
        let mut settings = self.way.borrow().client.clone();
        let mut via = shared.presence.via(&self.key, Part::Publishes);
        via.pass(shared.id.stop(&self.key));
        settings.connection.via = Some(via.to_string());
        let mut client = Client::connect(&self.url, Role::Publisher, settings).await?;
        let stream = client.publish(self.url.name(), PublishMode::Live).await?;
        Ok((client, stream))
    }

    fn is_unverified(&self, client: &Client) -> bool {
        self.way.borrow().trust.doubt(&self.url).has_come(client)
    }
}

impl Task {
    async fn attempt(&mut self) -> Outcome {
        let connected = tokio::select! {
            biased;
            () = self.leash.is_let_go() => return Outcome::Over,
            () = self.watch.until(|counts| !counts.is_published()) => return Outcome::Ended,
            connected = self.push.connect(&self.shared) => connected,
        };
        let (mut client, stream) = match connected {
            Ok(connected) => connected,
            Err(error) => return Outcome::Failed(error.into()),
        };
        self.health.well();
        self.feed.resume = self.shared.roster().resume(self.push.relay);
        if self.feed.has_begun {
            self.feed.rewind();
        }
        let outcome = self.relay(&mut client, stream).await;
        if !matches!(outcome, Outcome::Failed(_)) {
            // The stream has been sent, and nobody is there to whom it could be said that its end was not heard.
            let _ = client.close().await;
        }
        outcome
    }

    /// The server's own player begins with headers and a key frame, and so does what is published. It is not asked while the
    /// other server takes nothing: then the stream's log goes on without it, and it skips to a newer key frame.
    async fn relay(&mut self, client: &mut Client, stream: StreamHandle) -> Outcome {
        let Self {
            push,
            feed,
            health,
            leash,
            watch,
            ..
        } = self;
        loop {
            tokio::select! {
                biased;
                () = leash.is_let_go() => return Outcome::Over,
                event = client.next() => match event {
                    None => return Outcome::Failed(CallError::Closed.into()),
                    Some(Err(error)) => return Outcome::Failed(error.into()),
                    Some(Ok(ClientEvent::StreamRefused { rejection, .. })) => {
                        let refused = CallError::from(Error::Rejected(Box::new(rejection)));
                        return Outcome::Failed(refused.into());
                    }
                    // If it ends with its connection, that will say why.
                    Some(Ok(ClientEvent::StreamClosed { .. })) if !client.connection().is_over() => {
                        return Outcome::Failed(Trouble::Closed);
                    }
                    // The server has sent us elsewhere before a key frame came. The client waits for the next one.
                    Some(Ok(ClientEvent::Publishing { .. }))
                        if feed.resume == Resume::LastKeyFrame && feed.has_begun && has_sent_nothing(client) =>
                    {
                        feed.rewind();
                    }
                    Some(Ok(ClientEvent::Connected(_))) if push.is_unverified(client) => health.unverified(),
                    Some(Ok(ClientEvent::ReconnectDeclined { reason, .. })) => health.stays(reason),
                    Some(Ok(_)) => {}
                },
                event = feed.next() => match event {
                    None => return Outcome::Over,
                    Some(PlayerEvent::Ended) => {
                        // It goes on with the beginning of the next, if there is one.
                        feed.end();
                        return Outcome::Ended;
                    }
                    // While the other server was called.
                    Some(PlayerEvent::Skipped { .. }) if !feed.has_begun => {}
                    Some(PlayerEvent::Skipped { messages }) => health.too_slow(messages),
                    Some(PlayerEvent::Message(message)) => {
                        feed.has_begun = true;
                        let Some(message) = feed.seam.take(message) else {
                            continue;
                        };
                        let (kind, class, timestamp) = (message.kind, message.class(), message.timestamp);
                        let sent = tokio::select! {
                            biased;
                            () = leash.is_let_go() => return Outcome::Over,
                            sent = client.send(stream, message) => sent,
                        };
                        if let Err(error) = sent {
                            return Outcome::Failed(error.into());
                        }
                        feed.seam.sent(kind, class, timestamp);
                    }
                    Some(_) => {}
                },
                // It has ended before it was seen here.
                () = watch.until(|counts| !counts.is_published()), if !feed.has_begun => return Outcome::Ended,
            }
        }
    }
}

impl Feed {
    pub(super) fn new(handle: Handle, key: &StreamKey) -> Self {
        Self {
            player: handle.play(key),
            handle,
            has_begun: false,
            resume: Resume::default(),
            seam: Seam::default(),
        }
    }

    /// What happens next. Nothing is lost when the future is dropped.
    async fn next(&mut self) -> Option<PlayerEvent> {
        poll_fn(|cx| {
            let polled = self.player.poll_next(cx);
            if polled.is_pending() {
                self.seam.catch_up();
            }
            polled
        })
        .await
    }

    /// What follows is of another publication, of which nobody has been sent anything.
    fn end(&mut self) {
        self.has_begun = false;
        self.seam = Seam::default();
    }

    /// Reads again from the newest key frame on, for a server that has nothing of the stream any more.
    fn rewind(&mut self) {
        self.player = self.handle.play(self.player.key());
        self.has_begun = false;
        match self.resume {
            Resume::NextKeyFrame => self.seam.open(),
            Resume::LastKeyFrame => self.seam = Seam::default(),
        }
    }
}

/// On this connection.
fn has_sent_nothing(client: &mut Client) -> bool {
    client.connection().stats().messages_out == 0
}
