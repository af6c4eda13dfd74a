//! What the host asks of a server, and how it goes out: the commands that FFmpeg sends, in its order.

use std::time::Instant;

use crate::amf0::Value;
use crate::connection::client::publication::Publication;
use crate::connection::client::stream::{Goal, PlayOptions, Playback, StreamHandle, StreamState};
use crate::connection::client::{ClientConnection, Phase};
use crate::connection::error::ApiMisuse;
use crate::connection::request::{PlayStart, PublishMode};
use crate::message::{Command, UserControl};
use crate::units::{ChunkStreamId, MessageStreamId, Timestamp};

/// The chunk stream of `publish` and `play`, as FFmpeg and librtmp have it.
const REQUEST: u32 = 8;

impl ClientConnection {
    /// Asks to publish under a name, which is sent as it is, with its query. It may be asked at any time; on a connection
    /// that is over nothing comes of it.
    ///
    /// [`Publishing`](super::ClientEvent::Publishing) says that media may be sent,
    /// [`StreamRefused`](super::ClientEvent::StreamRefused) that they may not.
    pub fn publish(&mut self, name: impl Into<String>, mode: PublishMode, now: Instant) -> StreamHandle {
        let name = name.into();
        self.begin(Goal::Publish { name, mode }, now)
    }

    /// Asks to play. As [`publish`](Self::publish): [`Playing`](super::ClientEvent::Playing) or
    /// [`StreamRefused`](super::ClientEvent::StreamRefused) will say how it went.
    pub fn play(&mut self, options: PlayOptions, now: Instant) -> StreamHandle {
        self.begin(Goal::Play(options), now)
    }

    fn begin(&mut self, goal: Goal, now: Instant) -> StreamHandle {
        let handle = StreamHandle(self.next_handle);
        self.next_handle = self.next_handle.wrapping_add(1);
        if !self.is_over() {
            let publication = Publication::new(self.config.limits.max_kept_headers);
            self.streams.push(handle, goal, publication);
        }
        if let Phase::Connected = self.phase {
            self.begin_streams(now);
            self.link.flush(&self.config.limits, now);
        }
        handle
    }

    /// Asks for a message stream for each stream that waits for one.
    pub(super) fn begin_streams(&mut self, now: Instant) {
        let waiting = |stream: &&super::stream::ClientStream| stream.state == StreamState::Waiting;
        let waiting: Vec<_> = self
            .streams
            .iter()
            .filter(waiting)
            .map(|stream| stream.handle)
            .collect();
        for handle in waiting {
            self.create_stream(handle);
        }
        self.await_answer(now);
    }

    fn create_stream(&mut self, handle: StreamHandle) {
        let Some(goal) = self.streams.get(handle).map(|stream| stream.goal.clone()) else {
            return;
        };
        match &goal {
            Goal::Publish { name, .. } => {
                self.link.send_chunk_size(self.config.chunk_size);
                for command in ["releaseStream", "FCPublish"] {
                    let command = self.call(command).with(&**name);
                    self.link.send_command(&command);
                }
            }
            Goal::Play(_) => {
                if self.link.window_sent.is_none() {
                    self.link.send_window(self.config.window_ack_size);
                }
            }
        }
        let create = self.call("createStream");
        let transaction = self.transaction;
        self.link.send_command(&create);
        if let Some(state) = self.streams.state_mut(handle) {
            *state = StreamState::Creating { transaction };
        }
        if let Goal::Play(play) = &goal
            && let Some(name) = play.subscription()
        {
            let subscribe = self.call("FCSubscribe").with(name);
            self.link.send_command(&subscribe);
        }
    }

    /// There is a message stream: what it was wanted for goes out on it.
    pub(super) fn request_on(&mut self, handle: StreamHandle, id: MessageStreamId) {
        let Some(goal) = self.streams.get(handle).map(|stream| stream.goal.clone()) else {
            return;
        };
        let request = self.call(goal.kind().command());
        let transaction = self.transaction;
        let request = match &goal {
            Goal::Publish { name, mode } => request.with(&**name).with(mode.name()),
            Goal::Play(play) => {
                let request = request.with(&*play.name).with(start(play.start));
                match play.duration_millis {
                    Some(millis) => request.with(f64::from(millis)),
                    None => request,
                }
            }
        };
        let chunk_stream = ChunkStreamId::new(REQUEST).unwrap_or(ChunkStreamId::COMMAND);
        self.link.send(&request.to_message(chunk_stream, id));
        if let Goal::Play(play) = &goal {
            let millis = play.buffer_millis.unwrap_or(self.config.buffer_millis);
            let buffer = UserControl::SetBufferLength { stream: id, millis };
            self.link.send_user_control(buffer);
        }
        if let Some(state) = self.streams.state_mut(handle) {
            *state = StreamState::Requested { id, transaction };
        }
    }

    /// Asks the server to pause a play at this position, where the player is. A recording waits; a live stream is mostly
    /// gone on when it is resumed.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn pause(
        &mut self,
        stream: StreamHandle,
        position: Timestamp,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        self.interrupt(stream)?;
        self.player_command("pause", stream, &[true.into(), millis(position)], now)
    }

    /// Asks the server to go on with a play that has been paused.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn resume(
        &mut self,
        stream: StreamHandle,
        position: Timestamp,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        self.player_command("pause", stream, &[false.into(), millis(position)], now)
    }

    /// Asks the server to go to another position of a recording.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn seek(&mut self, stream: StreamHandle, position: Timestamp, now: Instant) -> Result<(), ApiMisuse> {
        self.interrupt(stream)?;
        self.player_command("seek", stream, &[millis(position)], now)
    }

    /// Asks the server for audio, or for none.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn receive_audio(
        &mut self,
        stream: StreamHandle,
        receive: bool,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        self.player_command("receiveAudio", stream, &[receive.into()], now)
    }

    /// Asks the server for video, or for none.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn receive_video(
        &mut self,
        stream: StreamHandle,
        receive: bool,
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        self.player_command("receiveVideo", stream, &[receive.into()], now)
    }

    /// Tells the server how many milliseconds of a play are buffered: it sends a recording so far ahead.
    ///
    /// # Errors
    ///
    /// [`ApiMisuse::UnknownStream`], when `stream` does not play.
    pub fn set_buffer(&mut self, stream: StreamHandle, millis: u32, now: Instant) -> Result<(), ApiMisuse> {
        let stream = self.playing(stream)?;
        self.link
            .send_user_control(UserControl::SetBufferLength { stream, millis });
        self.link.flush(&self.config.limits, now);
        Ok(())
    }

    /// Asks the server for a sign of life: [`Pong`](super::ClientEvent::Pong) will tell the round trip. Not before the
    /// handshake is done.
    pub fn ping(&mut self, now: Instant) {
        if let Phase::Connecting | Phase::Connected = self.phase {
            self.link.ping(now);
            self.link.flush(&self.config.limits, now);
        }
    }

    /// A command with the next transaction id.
    pub(super) fn call(&mut self, name: &'static str) -> Command<'static> {
        self.transaction = self.transaction.wrapping_add(1);
        Command::new(name, f64::from(self.transaction))
    }

    /// A player's command to which a status is the only answer: it has transaction 0.
    fn player_command(
        &mut self,
        name: &'static str,
        stream: StreamHandle,
        arguments: &[Value<'static>],
        now: Instant,
    ) -> Result<(), ApiMisuse> {
        let id = self.playing(stream)?;
        let mut command = Command::new(name, 0.0);
        for argument in arguments {
            command = command.with(argument.clone());
        }
        self.link.send(&command.to_message(ChunkStreamId::COMMAND, id));
        self.link.flush(&self.config.limits, now);
        Ok(())
    }

    /// The server will say that the stream ends, and mean that it does not go on here.
    fn interrupt(&mut self, stream: StreamHandle) -> Result<(), ApiMisuse> {
        self.playing(stream)?;
        if let Some(StreamState::Playing { playback, .. }) = self.streams.state_mut(stream)
            && *playback == Playback::Running
        {
            *playback = Playback::Interrupted;
        }
        Ok(())
    }

    fn playing(&self, stream: StreamHandle) -> Result<MessageStreamId, ApiMisuse> {
        match self.streams.get(stream).map(|stream| stream.state) {
            Some(StreamState::Playing { id, .. }) if !self.is_over() => Ok(id),
            _ => Err(ApiMisuse::UnknownStream),
        }
    }
}

/// The start as FFmpeg and Flash Player write it: in milliseconds, special values too.
fn start(start: PlayStart) -> Value<'static> {
    match start {
        PlayStart::Any => Value::Number(-2000.0),
        PlayStart::Live => Value::Number(-1000.0),
        PlayStart::Recorded(position) => millis(position),
    }
}

fn millis(position: Timestamp) -> Value<'static> {
    f64::from(position.as_millis()).into()
}
