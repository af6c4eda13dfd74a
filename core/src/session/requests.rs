//! What the peer asks for and sends: from the connection's events to the policy, and to work for the hub.

use std::time::Instant;

use super::ServerSession;
use super::binding::{Binding, BindingId, State};
use super::event::{Asked, SessionEvent, Summary};
use super::policy::Decision;
use super::sync::Work;
use crate::chunk::Payload;
use crate::connection::server::{
    Happening, PlayCommand, PublishMode, Refusal, RequestId, ServerEvent, StreamName,
};
use crate::hub::{Cursor, StreamKey};
use crate::media::MediaMessage;
use crate::units::MessageStreamId;

impl ServerSession {
    pub(super) fn handle_events(&mut self, now: Instant) {
        while let Some(happening) = self.connection.poll_happening() {
            match happening {
                Happening::Media { stream, message } => self.published(stream, message),
                Happening::Event(event) => self.handle_event(event, now),
            }
        }
    }

    fn handle_event(&mut self, event: ServerEvent, now: Instant) {
        match event {
            ServerEvent::Connect { request, connect } => {
                let decision = self.policy.connect(&connect, now);
                self.decide_connect(request, decision, now);
            }
            ServerEvent::Publish {
                request,
                stream,
                name,
                mode,
            } => self.publish_requested(request, stream, name, mode, now),
            ServerEvent::Play {
                request,
                stream,
                play,
            } => self.play_requested(request, stream, play, now),
            // Media happen as such, and never come this way.
            ServerEvent::Media { stream, message } => self.published(stream, message.map(Into::into)),
            ServerEvent::Pause { stream, paused, .. } => {
                self.with_cursor(
                    stream,
                    |cursor| {
                        if paused { cursor.pause() } else { cursor.resume() }
                    },
                )
            }
            // A live stream has one position. Resuming goes to the newest key frame.
            ServerEvent::Seek { stream, .. } => self.with_cursor(stream, |cursor| {
                cursor.pause();
                cursor.resume();
            }),
            ServerEvent::ReceiveAudio { stream, receive } => {
                self.with_cursor(stream, |cursor| cursor.set_receive_audio(receive));
            }
            ServerEvent::ReceiveVideo { stream, receive } => {
                self.with_cursor(stream, |cursor| cursor.set_receive_video(receive));
            }
            ServerEvent::Refused { name, refusal, .. } => self.events.push(SessionEvent::Refused {
                key: name.map(|name| StreamKey::new(name.path.as_str())),
                reason: refusal.to_string(),
            }),
            ServerEvent::StreamClosed { stream } => {
                if let Some(binding) = self.current(stream) {
                    let id = binding.id;
                    self.end_binding(id);
                }
            }
            ServerEvent::Message(message) => self.events.push(SessionEvent::Message(message)),
        }
    }

    pub(super) fn decide_connect(&mut self, request: RequestId, decision: Decision, now: Instant) {
        match decision {
            Decision::Accept => {
                // What was held back may be faulty: the connection keeps the error.
                let _ = self.connection.accept(request, now);
                self.events.push(SessionEvent::Connected);
            }
            Decision::Reject(refusal) => {
                if self.connection.reject(request, &refusal, now).is_ok() {
                    self.events.push(SessionEvent::Refused {
                        key: None,
                        reason: refusal.to_string(),
                    });
                }
            }
            Decision::Later => {
                self.connect_request = Some(request);
                self.events.push(SessionEvent::Asked {
                    request,
                    what: Asked::Connect,
                });
            }
        }
    }

    fn publish_requested(
        &mut self,
        request: RequestId,
        stream: MessageStreamId,
        name: StreamName,
        mode: PublishMode,
        now: Instant,
    ) {
        let key = StreamKey::new(name.path.as_str());
        let decision = self.policy.publish(&key, &name, self.connection.connect());
        let id = self.bind(stream, key, name, State::PublishRequested { request, mode });
        self.decide_binding(id, decision, now);
    }

    fn play_requested(
        &mut self,
        request: RequestId,
        stream: MessageStreamId,
        play: PlayCommand,
        now: Instant,
    ) {
        let key = StreamKey::new(play.name.path.as_str());
        let decision = self.policy.play(&key, &play.name, self.connection.connect());
        let id = self.bind(
            stream,
            key,
            play.name,
            State::PlayRequested {
                request,
                duration: play.duration,
            },
        );
        self.decide_binding(id, decision, now);
    }

    fn bind(&mut self, stream: MessageStreamId, key: StreamKey, name: StreamName, state: State) -> BindingId {
        self.next_binding = self.next_binding.wrapping_add(1);
        let id = BindingId(self.next_binding);
        self.bindings.push(Box::new(Binding {
            id,
            stream,
            key,
            name: Some(name),
            state,
            ended: false,
            ready: false,
            since: None,
            summary: Summary::default(),
        }));
        id
    }

    pub(super) fn decide_binding(&mut self, id: BindingId, decision: Decision, now: Instant) {
        match decision {
            Decision::Accept => self.work.push(Work::Join(id)),
            Decision::Reject(refusal) => self.refuse(id, &refusal, now),
            Decision::Later => {
                let Some(binding) = self.binding(id) else { return };
                let Some(name) = binding.name.clone() else { return };
                let key = binding.key.clone();
                let (request, what) = match &binding.state {
                    State::PublishRequested { request, .. } => (*request, Asked::Publish(key, name)),
                    State::PlayRequested { request, .. } => (*request, Asked::Play(key, name)),
                    State::Publishing(_) | State::Waiting { .. } | State::Playing(_) | State::Left => return,
                };
                self.events.push(SessionEvent::Asked { request, what });
            }
        }
    }

    /// Refuses what a binding's request asked for. The binding goes.
    pub(super) fn refuse(&mut self, id: BindingId, refusal: &Refusal, now: Instant) {
        let Some(binding) = self.binding(id) else { return };
        let key = binding.key.clone();
        let request = binding.request();
        self.end_binding(id);
        if let Some(request) = request
            && self.connection.reject(request, refusal, now).is_ok()
        {
            self.events.push(SessionEvent::Refused {
                key: Some(key),
                reason: refusal.to_string(),
            });
        }
    }

    /// The peer published a message: it is encoded here, while no hub is held.
    fn published(&mut self, stream: MessageStreamId, message: MediaMessage<Payload>) {
        let Some(binding) = self.current(stream) else {
            return;
        };
        let State::Publishing(publication) = &mut binding.state else {
            return;
        };
        binding.summary.count(&message);
        let entry = publication.enclose(message);
        let id = binding.id;
        self.work.push(Work::Append(id, entry));
    }

    pub(super) fn with_cursor(&mut self, stream: MessageStreamId, change: impl FnOnce(&mut Cursor)) {
        if let Some(binding) = self.current(stream)
            && let State::Playing(playing) = &mut binding.state
        {
            change(&mut playing.cursor);
            binding.ready = true;
        }
    }
}
