//! A client in a poll of its own, which waits as async ones do.

use std::collections::VecDeque;
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_core::connection::{ApiMisuse, Error};
use rtmp_core::host::{CallError, ClientSettings, Dial};
use rtmp_core::media::{Class, MediaMessage};
use rtmp_core::tls::TlsPipe;
use rtmp_core::url::RtmpUrl;
use rtmp_mio::mio::{Events, Poll, Token};
use rtmp_mio::{Client, ClientError};

use super::Mio;
use crate::PATIENCE;
use crate::clients::{Caller, Dialling, addresses};

struct Calling {
    client: Client,
    poll: Poll,
    events: Events,
    /// What has happened and has not been asked for.
    news: VecDeque<ClientEvent>,
    /// The error has been told.
    has_told: bool,
}

impl Dialling for Mio {
    fn call(
        &self,
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
    ) -> Result<Box<dyn Caller>, CallError> {
        let poll = Poll::new().unwrap_or_else(|error| panic!("there is no poll: {error}"));
        let client = Client::new(url, role, settings, poll.registry(), Token(0));
        let client = client.map_err(|error| match error {
            ClientError::Call(error) => error,
            error => panic!("{error}"),
        });
        let look_up = |dial: &Dial| match addresses::look_up(&dial.host, dial.port) {
            Some(found) => Ok(found),
            None => Ok((&*dial.host, dial.port).to_socket_addrs()?.collect()),
        };
        let mut calling = Calling {
            client: client?.look_up_with(look_up),
            poll,
            events: Events::with_capacity(16),
            news: VecDeque::new(),
            has_told: false,
        };
        let is_connected = |event: &ClientEvent| matches!(event, ClientEvent::Connected(_));
        calling.wait(|calling| {
            calling.take_news();
            let is_in = calling.news.iter().any(is_connected);
            is_in.then_some(Ok(())).or_else(|| calling.over().map(Err))
        })?;
        Ok(Box::new(calling))
    }
}

impl Calling {
    /// Takes turns until what is waited for is there; as long as there is patience.
    fn wait<T>(&mut self, done: impl FnMut(&mut Self) -> Option<T>) -> T {
        self.wait_for(PATIENCE, done).expect("it takes no longer")
    }

    /// The same, for so long at most.
    fn wait_for<T>(&mut self, time: Duration, mut done: impl FnMut(&mut Self) -> Option<T>) -> Option<T> {
        let end = Instant::now() + time;
        loop {
            self.client.turn();
            if let Some(output) = done(self) {
                // What it has asked for, or sent.
                self.client.turn();
                return Some(output);
            }
            let now = Instant::now();
            if now >= end {
                return None;
            }
            let next = self.client.poll_timeout().map_or(end, |at| at.min(end));
            let timeout = next.saturating_duration_since(now);
            self.poll
                .poll(&mut self.events, Some(timeout))
                .expect("the system tells events");
            for event in &self.events {
                self.client.notice(event);
            }
        }
    }

    fn take_news(&mut self) {
        self.news.extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    /// Waits for the answer to a request.
    fn granted(&mut self, stream: StreamHandle) -> Result<StreamHandle, CallError> {
        self.wait(|calling| {
            calling.take_news();
            let is_granted = |event: &ClientEvent| match event {
                ClientEvent::Publishing { stream: granted } | ClientEvent::Playing { stream: granted } => {
                    *granted == stream
                }
                _ => false,
            };
            if calling.news.iter().any(is_granted) {
                return Some(Ok(stream));
            }
            let is_there = calling.client.connection().has_stream(stream);
            (!is_there).then(|| Err(calling.end_of(stream)))
        })
    }

    /// Why a stream is not there any more.
    fn end_of(&self, stream: StreamHandle) -> CallError {
        let refusal = self.news.iter().find_map(|event| match event {
            ClientEvent::StreamRefused {
                stream: refused,
                rejection,
            } if *refused == stream => Some(rejection.clone()),
            _ => None,
        });
        match refusal {
            Some(rejection) => Error::Rejected(Box::new(rejection)).into(),
            None => self.end(),
        }
    }

    fn end(&self) -> CallError {
        let error = self.client.error().cloned();
        error.unwrap_or_else(|| Error::from(ApiMisuse::UnknownStream).into())
    }

    fn over(&self) -> Option<CallError> {
        self.client.is_over().then(|| self.end())
    }
}

impl Caller for Calling {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        let connection = self.client.connection();
        let stream = connection.publish(name, PublishMode::Live, Instant::now());
        self.granted(stream)
    }

    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        let stream = self
            .client
            .connection()
            .play(PlayOptions::new(name), Instant::now());
        self.granted(stream)
    }

    fn send_within(
        &mut self,
        time: Duration,
        stream: StreamHandle,
        message: MediaMessage,
    ) -> Option<Result<(), CallError>> {
        if self.client.call().wants_to_reconnect() && message.class() == Class::Keyframe {
            self.client.reconnect();
        }
        let mut message = Some(message);
        self.wait_for(time, |calling| {
            calling.take_news();
            let connection = calling.client.connection();
            if connection.wants_media(stream) {
                let message = message.take().expect("it is sent once");
                let sent = connection.send_media(stream, message, Instant::now());
                return Some(sent.map_err(|error| Error::from(error).into()));
            }
            (!connection.has_stream(stream)).then(|| Err(calling.end_of(stream)))
        })
    }

    fn wants_media(&mut self, stream: StreamHandle) -> bool {
        self.client.connection().wants_media(stream)
    }

    fn end_stream(&mut self, stream: StreamHandle) {
        self.client.connection().close(stream, Instant::now());
    }

    fn flush(&mut self) -> Result<(), CallError> {
        self.wait(|calling| {
            let transport = calling.client.call().open_transport();
            let encrypted = transport
                .and_then(|transport| transport.tls())
                .map_or(0, TlsPipe::unsent);
            let is_flushed = encrypted == 0 && calling.client.connection().unsent().is_empty();
            is_flushed.then_some(Ok(())).or_else(|| calling.over().map(Err))
        })
    }

    fn next(&mut self) -> Option<Result<ClientEvent, CallError>> {
        self.wait(|calling| {
            let event = calling.news.pop_front().or_else(|| calling.client.poll_event());
            if let Some(event) = event {
                return Some(Some(Ok(event)));
            }
            calling.client.is_over().then(|| {
                let error = calling.client.error().filter(|_| !calling.has_told).cloned();
                calling.has_told = true;
                error.map(Err)
            })
        })
    }

    fn close(&mut self) -> Result<(), CallError> {
        self.client.connection().disconnect(Instant::now());
        self.wait(|calling| {
            calling.client.is_over().then(|| {
                calling.has_told = true;
                calling.client.error().cloned().map_or(Ok(()), Err)
            })
        })
    }
}
