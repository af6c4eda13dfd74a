//! `rtmp-tokio`, on a tokio of the test's own.

use std::future::pending;
use std::thread::{self, JoinHandle};

use rtmp_core::host::{ListenAddr, Peer, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_core::session::Asked;
use rtmp_sockets::BindError;
use rtmp_tokio::{Builder, Handle, Server};
use tokio::runtime;
use tokio::time::sleep;

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
