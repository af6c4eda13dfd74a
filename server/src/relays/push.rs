//! A stream that is published here and elsewhere.

use std::sync::Arc;

use rtmp_core::connection::Error;
use rtmp_core::connection::client::{ClientEvent, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings};
use rtmp_core::hub::StreamKey;
use rtmp_core::url::RtmpUrl;
use rtmp_tokio::{Client, PlayerEvent};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Shared;
use super::health::{Health, Label, Trouble};
use super::leash::Leash;
use super::presence::{Part, Watch};

/// One stream on its way to one server.
pub(super) struct Push {
    pub(super) key: StreamKey,
    pub(super) url: RtmpUrl,
    pub(super) client: watch::Receiver<ClientSettings>,
    /// Names it among all.
    pub(super) number: u64,
}

/// Why an attempt has ended.
enum Outcome {
    /// The relay is taken away, or the server stops.
    Over,
    /// The stream has ended.
    Ended,
    Failed(Trouble),
}

/// Nothing has been published on this connection yet.
fn is_new(client: &mut Client) -> bool {
    client.connection().stats().messages_out == 0
}

/// Runs a push until its leash is let go, or the stream has ended.
pub(super) async fn run(push: Push, shared: Arc<Shared>, mut leash: Leash) {
    let mut health = Health::new(Label::new("push", &push.key, &push.url, &shared.journal));
    let mut watch = shared.presence.watch(&push.key);
    loop {
        match push.attempt(&shared, &mut health, &mut leash, &mut watch).await {
            Outcome::Over => break,
            Outcome::Ended => {}
            Outcome::Failed(error) => {
                let wait = health.failed(&error);
                tokio::select! {
                    () = leash.is_let_go() => break,
                    () = watch.until(|counts| !counts.is_published()) => {}
                    () = sleep(wait) => continue,
                }
            }
        }
        if shared.push_ends(&push.key, push.number) {
            break;
        }
    }
    health.ended();
}

impl Push {
    async fn attempt(
        &self,
        shared: &Shared,
        health: &mut Health,
        leash: &mut Leash,
        watch: &mut Watch,
    ) -> Outcome {
        let connected = tokio::select! {
            biased;
            () = leash.is_let_go() => return Outcome::Over,
            () = watch.until(|counts| !counts.is_published()) => return Outcome::Ended,
            connected = self.connect(shared) => connected,
        };
        let (mut client, stream) = match connected {
            Ok(connected) => connected,
            Err(error) => return Outcome::Failed(error.into()),
        };
        health.well();
        let outcome = self
            .relay(&mut client, stream, shared, health, leash, watch)
            .await;
        if !matches!(outcome, Outcome::Failed(_)) {
            // The stream has been sent, and nobody is there to whom it could be said that its end was not heard.
            let _ = client.close().await;
        }
        outcome
    }

    async fn connect(&self, shared: &Shared) -> Result<(Client, StreamHandle), CallError> {
        let mut settings = self.client.borrow().clone();
        let mut via = shared.presence.via(&self.key, Part::Publishes);
        via.add([shared.id.stop(&self.key)]);
        settings.connection.via = Some(via.to_string());
        let mut client = Client::connect(&self.url, Role::Publisher, settings).await?;
        let stream = client.publish(self.url.name(), PublishMode::Live).await?;
        Ok((client, stream))
    }

    /// The server's own player begins with headers and a key frame, and so does what is published. It is not asked while the
    /// other server takes nothing: then the stream's log goes on without it, and it skips to a newer key frame.
    async fn relay(
        &self,
        client: &mut Client,
        stream: StreamHandle,
        shared: &Shared,
        health: &mut Health,
        leash: &mut Leash,
        watch: &mut Watch,
    ) -> Outcome {
        let Some(handle) = shared.handle() else {
            return Outcome::Over;
        };
        let mut player = handle.play(&self.key);
        let mut has_begun = false;
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
                    Some(Ok(ClientEvent::StreamClosed { .. })) => return Outcome::Failed(CallError::Closed.into()),
                    // The server has sent us elsewhere, where nothing has come yet: the newest key frame is nearer than the next.
                    Some(Ok(ClientEvent::Publishing { .. })) if has_begun && is_new(client) => {
                        player = handle.play(&self.key);
                    }
                    Some(Ok(ClientEvent::ReconnectDeclined { reason, .. })) => health.stays(reason),
                    Some(Ok(_)) => {}
                },
                event = player.next() => match event {
                    None => return Outcome::Over,
                    Some(PlayerEvent::Ended) => return Outcome::Ended,
                    Some(PlayerEvent::Skipped { messages }) => health.too_slow(messages),
                    Some(PlayerEvent::Message(message)) => {
                        has_begun = true;
                        let sent = tokio::select! {
                            biased;
                            () = leash.is_let_go() => return Outcome::Over,
                            sent = client.send(stream, message) => sent,
                        };
                        if let Err(error) = sent {
                            return Outcome::Failed(error.into());
                        }
                    }
                    Some(_) => {}
                },
                // It has ended before it was seen here.
                () = watch.until(|counts| !counts.is_published()), if !has_begun => return Outcome::Ended,
            }
        }
    }
}
