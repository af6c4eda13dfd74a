//! Commands of clients (RTMP 1.0 §7.2), with what the field's encoders and players add to them.

use std::sync::Arc;
use std::time::Instant;

use crate::amf0::{Object, Value};
use crate::chunk::Message;
use crate::connection::error::{Error, PeerMisbehaved};
use crate::connection::refusal::Refusal;
use crate::connection::request::RequestKind;
use crate::connection::request::{PlayStart, PublishMode};
use crate::connection::server::connect::ConnectCommand;
use crate::connection::server::event::{PlayCommand, ServerEvent};
use crate::connection::server::name::StreamName;
use crate::connection::server::status::Status;
use crate::connection::server::stream::StreamState;
use crate::connection::server::{Phase, ServerConnection};
use crate::connection::timers::Timer;
use crate::message::Command;
use crate::message::UserControl;
use crate::units::{MessageStreamId, Timestamp};

impl ServerConnection {
    pub(super) fn handle_command(&mut self, message: Message, now: Instant) -> Result<(), Error> {
        let payload = message.payload.clone();
        let command = Command::decode(message.kind, &payload, &self.config.limits)?.into_amf0();
        // nginx-rtmp and others take command names in any case.
        let name = command.name.to_ascii_lowercase();
        match (&self.phase, name.as_str()) {
            (Phase::AwaitConnect, "connect") => return self.handle_connect(&command, now),
            // Haivision Makito asks for the bandwidth before anything else.
            (_, "_checkbw" | "checkbandwidth") => self.send_result(command.transaction_id, Value::Undefined),
            (_, "_result" | "_error" | "onstatus") => {}
            (Phase::AwaitConnect, _) => return Err(PeerMisbehaved::CommandBeforeConnect.into()),
            (_, "connect") => {
                let status = Status::error(
                    "NetConnection.Call.Failed",
                    "This connection is connected already.",
                );
                self.send_connect_error(command.transaction_id, &status);
            }
            (_, "close") => return self.handle_close(&message, now),
            (_, "createstream") => self.handle_create_stream(&command),
            (_, "releasestream") => self.send_result(command.transaction_id, Value::Undefined),
            (_, "fcpublish") => self.handle_fc_publish(&command),
            (_, "fcsubscribe") => {
                self.send_result(command.transaction_id, Value::Undefined);
                self.send_on_fc("onFCSubscribe", 0.0, "NetStream.Play.Start", text(&command, 0));
            }
            (_, "fcunsubscribe") => {
                self.send_result(command.transaction_id, Value::Undefined);
                self.send_on_fc("onFCUnsubscribe", 0.0, "NetStream.Play.Stop", text(&command, 0));
            }
            // ffmpeg's player asks; a live stream has no length.
            (_, "getstreamlength") => self.send_result(command.transaction_id, Value::Number(0.0)),
            (_, "fcunpublish") => return self.handle_fc_unpublish(&command, &message, now),
            (_, "deletestream") => return self.handle_delete_stream(&command, &message, now),
            (_, "closestream") => return self.handle_close_stream(&message, now),
            (_, "publish") => return self.handle_publish(&command, &message, now),
            (_, "play" | "play2") => return self.handle_play(&command, &message, now),
            (_, "pause" | "pauseraw" | "seek" | "receiveaudio" | "receivevideo") => {
                return self.handle_player(&name, &command, &message);
            }
            _ => {
                // Some encoders give up on an _error, all go on after an empty result.
                self.send_result(command.transaction_id, Value::Null);
                self.events.push(ServerEvent::Message(message));
            }
        }
        Ok(())
    }

    fn handle_connect(&mut self, command: &Command<'_>, now: Instant) -> Result<(), Error> {
        self.connect = Arc::new(ConnectCommand::from_command(command));
        self.link.timers.clear(Timer::Connect);
        let limit = self.config.limits.max_app_len;
        let refusal = if let (Value::Null, Some(error)) = (&command.object, &command.broken_off) {
            // Without it, every stream would end up in an application without a name.
            format!("the properties of connect can't be read: {error}")
        } else if self.connect.app.len() > limit {
            let len = self.connect.app.len();
            format!("the application's name is {len} bytes long, {limit} are allowed")
        } else if self.connect.app.chars().any(char::is_control) {
            "the application's name holds a control character".to_owned()
        } else {
            let request = self.new_request();
            self.phase = Phase::Connecting {
                request,
                held: Vec::new(),
            };
            self.events.push(ServerEvent::Connect {
                request,
                connect: Arc::clone(&self.connect),
            });
            return Ok(());
        };
        let refusal = Refusal::Malformed(refusal.into());
        self.refuse_at_once(
            MessageStreamId::CONNECTION,
            RequestKind::Connect,
            None,
            refusal,
            now,
        );
        Ok(())
    }

    fn handle_close(&mut self, message: &Message, now: Instant) -> Result<(), Error> {
        // Not before what was published with the same write has been taken.
        if let Some(stream) = self.streams.awaiting_publish() {
            self.hold_for_request(stream, message)?;
        } else {
            self.finish(Ok(()), now);
        }
        Ok(())
    }

    fn handle_create_stream(&mut self, command: &Command<'_>) {
        let limit = self.config.limits.max_message_streams;
        if self.streams.len() >= limit {
            let description =
                format!("This connection has {limit} message streams, which is all it may have.");
            self.send_connect_error(
                command.transaction_id,
                &Status::error("NetConnection.Call.Failed", description),
            );
            return;
        }
        let id = self.streams.free_id();
        self.streams.insert(id);
        self.send_command(&Command::new("_result", command.transaction_id).with(f64::from(id.get())));
    }

    fn handle_fc_publish(&mut self, command: &Command<'_>) {
        self.send_result(command.transaction_id, Value::Undefined);
        // Livestream Studio and hardware encoders look for the transaction of their request here.
        self.send_on_fc(
            "onFCPublish",
            command.transaction_id,
            "NetStream.Publish.Start",
            text(command, 0),
        );
    }

    fn handle_fc_unpublish(
        &mut self,
        command: &Command<'_>,
        message: &Message,
        now: Instant,
    ) -> Result<(), Error> {
        let name = match text(command, 0) {
            "" => None,
            name => self.stream_name(name).ok(),
        };
        let stream = match name {
            // Another name may be that of a publisher on another connection: nothing here ends.
            Some(name) => self.streams.publishing_as(&name.path),
            None => self.streams.publishing(message.stream),
        };
        if let Some(stream) = stream {
            if self.hold_for_publish(stream, message)? {
                return Ok(());
            }
            self.send_result(command.transaction_id, Value::Undefined);
            self.send_on_fc(
                "onFCUnpublish",
                0.0,
                "NetStream.Unpublish.Success",
                text(command, 0),
            );
            self.end_publishing(stream, now);
        } else {
            self.send_result(command.transaction_id, Value::Undefined);
        }
        Ok(())
    }

    fn handle_delete_stream(
        &mut self,
        command: &Command<'_>,
        message: &Message,
        now: Instant,
    ) -> Result<(), Error> {
        let Some(id) = command
            .arguments
            .first()
            .and_then(Value::as_number)
            .and_then(stream_id)
        else {
            return Ok(());
        };
        if !self.hold_for_publish(id, message)? {
            self.close_stream(id, now);
            self.streams.remove(id);
        }
        Ok(())
    }

    /// Ends what the stream does; its id stays usable.
    fn handle_close_stream(&mut self, message: &Message, now: Instant) -> Result<(), Error> {
        let Some(id) = self.streams.meant(message.stream) else {
            return Ok(());
        };
        if self.hold_for_publish(id, message)? {
            return Ok(());
        }
        match self.streams.get_mut(id).map(|stream| &stream.state) {
            Some(StreamState::Publishing { .. }) => self.end_publishing(id, now),
            Some(StreamState::Playing) => {
                self.send_status(id, &Status::new("NetStream.Play.Stop", "Stopped playing."));
                self.close_stream(id, now);
            }
            Some(StreamState::Idle | StreamState::Requested(_)) | None => self.close_stream(id, now),
        }
        Ok(())
    }

    fn handle_publish(
        &mut self,
        command: &Command<'_>,
        message: &Message,
        now: Instant,
    ) -> Result<(), Error> {
        let kind = RequestKind::Publish;
        let Some((stream, name)) = self.stream_to_request(message, kind, text(command, 0), now)? else {
            return Ok(());
        };
        // The type may be missing; some put the application there.
        let mode = match text(command, 1) {
            "record" => PublishMode::Record,
            "append" | "appendWithGap" => PublishMode::Append,
            _ => PublishMode::Live,
        };
        let request = self.request(stream, kind, &name, false, false);
        self.events.push(ServerEvent::Publish {
            request,
            stream,
            name,
            mode,
        });
        Ok(())
    }

    fn handle_play(&mut self, command: &Command<'_>, message: &Message, now: Instant) -> Result<(), Error> {
        let options = command.arguments.first().and_then(Value::as_object);
        let transition = options.is_some();
        let (raw_name, start, duration, reset) = if let Some(options) = options {
            let number = |key| options.get(key).and_then(Value::as_number);
            let name = options
                .get("streamName")
                .and_then(Value::as_str)
                .unwrap_or_default();
            (name, number("start"), number("len"), true)
        } else {
            let argument = |index: usize| command.arguments.get(index);
            let reset = argument(3).and_then(Value::as_bool).unwrap_or(true);
            (
                text(command, 0),
                argument(1).and_then(Value::as_number),
                argument(2).and_then(Value::as_number),
                reset,
            )
        };
        let kind = RequestKind::Play;
        let Some((stream, name)) = self.stream_to_request(message, kind, raw_name, now)? else {
            return Ok(());
        };
        let request = self.request(stream, kind, &name, transition, reset);
        let play = PlayCommand {
            name,
            start: play_start(start),
            duration: duration.and_then(whole),
            reset,
        };
        self.events.push(ServerEvent::Play {
            request,
            stream,
            play,
        });
        Ok(())
    }

    /// What a player says of its play. Answered as the field's players need it to go on; on a stream that does not
    /// play it means nothing.
    fn handle_player(&mut self, name: &str, command: &Command<'_>, message: &Message) -> Result<(), Error> {
        let Some(stream) = self.streams.meant(message.stream) else {
            return Ok(());
        };
        if self.hold_for_request(stream, message)? {
            return Ok(());
        }
        if !self.streams.is_playing(stream) {
            return Ok(());
        }
        let number = |index: usize| {
            command
                .arguments
                .get(index)
                .and_then(Value::as_number)
                .and_then(whole)
        };
        let flag = command.arguments.first().and_then(Value::as_bool).unwrap_or(true);
        let event = match name {
            "pause" | "pauseraw" => {
                if flag {
                    self.send_status(stream, &Status::new("NetStream.Pause.Notify", "Paused."));
                    self.send_user_control(UserControl::StreamEof(stream));
                } else {
                    self.send_user_control(UserControl::StreamBegin(stream));
                    self.send_status(stream, &Status::new("NetStream.Unpause.Notify", "Playing again."));
                }
                let position = Timestamp::from_millis(number(1).unwrap_or_default());
                ServerEvent::Pause {
                    stream,
                    paused: flag,
                    position,
                }
            }
            "seek" => {
                // ffmpeg reads nothing until it has heard of its seek.
                let position = Timestamp::from_millis(number(0).unwrap_or_default());
                self.send_user_control(UserControl::StreamEof(stream));
                self.send_user_control(UserControl::StreamBegin(stream));
                let description = format!("Seeking {} (stream ID: {stream}).", position.as_millis());
                self.send_status(stream, &Status::new("NetStream.Seek.Notify", description));
                self.send_status(stream, &Status::new("NetStream.Play.Start", "Playing again."));
                ServerEvent::Seek { stream, position }
            }
            _ => {
                if flag {
                    self.send_status(stream, &Status::new("NetStream.Seek.Notify", "Playing again."));
                    self.send_status(stream, &Status::new("NetStream.Play.Start", "Playing again."));
                }
                if name == "receiveaudio" {
                    ServerEvent::ReceiveAudio {
                        stream,
                        receive: flag,
                    }
                } else {
                    ServerEvent::ReceiveVideo {
                        stream,
                        receive: flag,
                    }
                }
            }
        };
        self.events.push(event);
        Ok(())
    }

    fn end_publishing(&mut self, stream: MessageStreamId, now: Instant) {
        self.send_status(
            stream,
            &Status::new("NetStream.Unpublish.Success", "Stopped publishing."),
        );
        self.close_stream(stream, now);
    }

    /// `onFCPublish` and its sisters.
    fn send_on_fc(&mut self, name: &str, transaction_id: f64, code: &'static str, stream_name: &str) {
        let information = Object::new()
            .with("level", "status")
            .with("code", code)
            .with("description", stream_name);
        self.send_command(&Command::new(name, transaction_id).with(information));
    }

    /// The message stream and the name for a `publish` or `play`; `None` if it was held back or refused.
    fn stream_to_request(
        &mut self,
        message: &Message,
        kind: RequestKind,
        name: &str,
        now: Instant,
    ) -> Result<Option<(MessageStreamId, StreamName)>, Error> {
        let name = self.stream_name(name);
        let Some(stream) = self.stream_for_request(message, kind, name.as_ref().ok(), now)? else {
            return Ok(None);
        };
        match name {
            Ok(name) => Ok(Some((stream, name))),
            Err(refusal) => {
                self.refuse_at_once(stream, kind, None, refusal, now);
                Ok(None)
            }
        }
    }

    fn stream_name(&self, name: &str) -> Result<StreamName, Refusal> {
        StreamName::new(&self.connect.tc_url, &self.connect.app, name, &self.config.limits)
            .map_err(|error| Refusal::Malformed(error.to_string().into()))
    }
}

/// A command's argument as text; empty if it is none.
fn text<'a>(command: &'a Command<'_>, index: usize) -> &'a str {
    command
        .arguments
        .get(index)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A number that is a whole one and fits.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
fn whole(number: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX))
        .contains(&number)
        .then_some(number as u32)
}

fn stream_id(number: f64) -> Option<MessageStreamId> {
    whole(number).map(MessageStreamId::new)
}

fn play_start(start: Option<f64>) -> PlayStart {
    match start {
        Some(start) if start == -1.0 || start == -1000.0 => PlayStart::Live,
        Some(start) => whole(start).map_or(PlayStart::Any, |millis| {
            PlayStart::Recorded(Timestamp::from_millis(millis))
        }),
        None => PlayStart::Any,
    }
}
