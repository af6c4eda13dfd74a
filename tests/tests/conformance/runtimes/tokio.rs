//! `rtmp-tokio`, on a tokio of the test's own.

use std::future::{Future, pending};
use std::thread::{self, JoinHandle};

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings, ListenAddr, Peer, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_core::media::MediaMessage;
use rtmp_core::session::Asked;
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::BindError;
use rtmp_tokio::{Builder, Client, Handle, Server};
use tokio::runtime;
use tokio::time::{sleep, timeout};

use crate::PATIENCE;
use crate::calls::{Caller, Dialling};
use crate::server::{AFTERTHOUGHT, Running, Runtime, Settings};

pub(crate) struct Tokio {
    /// Threads that connections are served on.
    pub(crate) workers: usize,
}

struct OnTokio {
    addresses: Vec<ListenAddr>,
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Runtime for Tokio {
    fn start(&self, settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let mut threads = match self.workers {
            1 => runtime::Builder::new_current_thread(),
            _ => runtime::Builder::new_multi_thread(),
        };
        let tokio = threads.worker_threads(self.workers).enable_all().build();
        let tokio = tokio.unwrap_or_else(|error| panic!("threads can't be started: {error}"));
        let server = tokio.block_on(builder(settings).bind())?;
        Ok(Box::new(OnTokio {
            addresses: server.local_addrs(),
            handle: server.handle(),
            thread: thread::spawn(move || tokio.block_on(server.serve(pending()))),
        }))
    }
}

fn builder(settings: Settings) -> Builder {
    let afterthought = settings.afterthought;
    let authorize = move |_: &Peer, asked: &Asked| {
        let decision = afterthought.ask(asked);
        async move {
            sleep(AFTERTHOUGHT).await;
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

impl Running for OnTokio {
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

/// A client, and the tokio that it runs on.
struct Calling {
    threads: runtime::Runtime,
    client: Client,
}

impl Dialling for Tokio {
    fn call(
        &self,
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
    ) -> Result<Box<dyn Caller>, CallError> {
        let threads = runtime::Builder::new_current_thread().enable_all().build();
        let threads = threads.unwrap_or_else(|error| panic!("threads can't be started: {error}"));
        let client = Calling::wait(&threads, Client::connect(url, role, settings))?;
        Ok(Box::new(Calling { threads, client }))
    }
}

impl Calling {
    fn wait<T>(threads: &runtime::Runtime, future: impl Future<Output = T>) -> T {
        let waited = threads.block_on(async { timeout(PATIENCE, future).await });
        waited.expect("it takes too long")
    }
}

impl Caller for Calling {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        Self::wait(&self.threads, self.client.publish(name, PublishMode::Live))
    }

    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        Self::wait(&self.threads, self.client.play(PlayOptions::new(name)))
    }

    fn send(&mut self, stream: StreamHandle, message: MediaMessage) -> Result<(), CallError> {
        Self::wait(&self.threads, self.client.send(stream, message))
    }

    fn next(&mut self) -> Option<Result<ClientEvent, CallError>> {
        Self::wait(&self.threads, self.client.next())
    }

    fn close(&mut self) -> Result<(), CallError> {
        Self::wait(&self.threads, self.client.close())
    }
}
