//! `rtmp-mio`, on a loop of its own.

mod client;

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use rtmp_core::host::{End, ListenAddr, Observer, Peer, ServerSettings, Trouble};
use rtmp_core::hub::StreamStats;
use rtmp_core::session::SessionEvent;
use rtmp_mio::{BindError, Builder, Handle, Server};

use crate::diary::Diary;
use crate::server::{AFTERTHOUGHT, Rules, Running, Runtime, Settings, bound};

pub(crate) struct Mio {
    /// Loops that connections are served on.
    pub(crate) workers: NonZeroUsize,
}

struct OnMio {
    addresses: Vec<ListenAddr>,
    handle: Handle,
    thread: JoinHandle<()>,
}

impl Runtime for Mio {
    fn start(&self, settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let handle = Arc::new(OnceLock::new());
        let observer = Answering {
            diary: settings.diary.clone(),
            afterthought: settings.afterthought.clone(),
            handle: Arc::clone(&handle),
        };
        let bound = builder(settings).workers(self.workers).observer(observer).bind();
        let server = bound.map_err(|error| {
            error
                .downcast::<BindError>()
                .unwrap_or_else(|error| panic!("{error}"))
        })?;
        let handle = handle.get_or_init(|| server.handle()).clone();
        Ok(Box::new(OnMio {
            addresses: server.local_addrs(),
            handle,
            thread: thread::spawn(|| server.run().expect("the system tells events")),
        }))
    }
}

fn builder(settings: Settings) -> Builder {
    let mut builder = Server::builder().settings(settings.server).policy(settings.rules);
    for address in settings.listen {
        builder = match &settings.tls {
            Some(tls) => builder.listen_tls(address, tls.clone()),
            None if settings.adopts => builder.listener(bound(&address)),
            None => builder.listen(address),
        };
    }
    builder
}

/// A diary that answers what is asked, after a while and from elsewhere.
struct Answering {
    diary: Diary,
    afterthought: Rules,
    handle: Arc<OnceLock<Handle>>,
}

impl Observer for Answering {
    fn on_start(&self, peer: &Peer) {
        self.diary.on_start(peer);
    }

    fn on_event(&self, peer: &Peer, event: &SessionEvent) {
        self.diary.on_event(peer, event);
        if let SessionEvent::Asked { request, what } = event {
            let (id, request, decision) = (peer.id, *request, self.afterthought.ask(what));
            let handle = self.handle.get().expect("it serves").clone();
            thread::spawn(move || {
                thread::sleep(AFTERTHOUGHT);
                handle.decide(id, request, decision);
            });
        }
    }

    fn on_end(&self, peer: &Peer, end: &End) {
        self.diary.on_end(peer, end);
    }

    fn on_trouble(&self, trouble: &Trouble) {
        self.diary.on_trouble(trouble);
    }
}

impl Running for OnMio {
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
