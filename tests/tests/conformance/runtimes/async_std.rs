//! `rtmp-async-std`, on the threads that async-std has for all of a process.

use std::future::{Future, pending};
use std::thread::{self, JoinHandle};

use async_std::future::timeout;
use async_std::task;
use rtmp_async_std::{Builder, Client, Handle, Server};
use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings, ListenAddr, Peer, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_core::media::MediaMessage;
use rtmp_core::session::Asked;
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::BindError;

use crate::PATIENCE;
use crate::calls::{Caller, Dialling};
use crate::server::{AFTERTHOUGHT, Running, Runtime, Settings};

pub(crate) struct AsyncStd;

struct OnAsyncStd {
    addresses: Vec<ListenAddr>,
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Runtime for AsyncStd {
    fn start(&self, settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let server = task::block_on(builder(settings).bind())?;
        Ok(Box::new(OnAsyncStd {
            addresses: server.local_addrs(),
            handle: server.handle(),
            thread: thread::spawn(|| task::block_on(server.serve(pending()))),
        }))
    }
}

fn builder(settings: Settings) -> Builder {
    let afterthought = settings.afterthought;
    let authorize = move |_: &Peer, asked: &Asked| {
        let decision = afterthought.ask(asked);
        async move {
            task::sleep(AFTERTHOUGHT).await;
            decision
        }
    };
    let mut builder = Server::builder()
        .settings(settings.server)
        .policy(settings.rules)
        .authorize(authorize)
        .observer(settings.diary);
    for address in settings.listen {
        builder = match &settings.tls {
            Some(tls) => builder.listen_tls(address, tls.clone()),
            None => builder.listen(address),
        };
    }
    builder
}

impl Running for OnAsyncStd {
    fn addresses(&self) -> &[ListenAddr] {
        &self.addresses
    }

    fn connections(&self) -> usize {
        self.handle.connections()
    }

    fn streams(&self) -> Vec<StreamStats> {
        self.handle.streams()
    }

    fn reconfigure(&self, settings: ServerSettings) {
        self.handle.reconfigure(settings);
    }

    fn shut_down(&self) {
        self.handle.shutdown();
    }

    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

/// A client.
struct Calling(Client);

impl Dialling for AsyncStd {
    fn call(
        &self,
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
    ) -> Result<Box<dyn Caller>, CallError> {
        Ok(Box::new(Calling(wait(Client::connect(url, role, settings))?)))
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    task::block_on(timeout(PATIENCE, future)).expect("it takes too long")
}

impl Caller for Calling {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        wait(self.0.publish(name, PublishMode::Live))
    }

    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        wait(self.0.play(PlayOptions::new(name)))
    }

    fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        wait(self.0.send(stream, message))
    }

    fn next(&mut self) -> Option<Result<ClientEvent, CallError>> {
        wait(self.0.next())
    }

    fn close(&mut self) -> Result<(), CallError> {
        wait(self.0.close())
    }
}
