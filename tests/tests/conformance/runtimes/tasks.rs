//! Any async runtime: servers and clients are `rtmp_tasks`', and what differs is where their tasks run.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtmp_core::connection::client::{ClientEvent, PlayOptions, PublishMode, Role, StreamHandle};
use rtmp_core::host::{CallError, ClientSettings, ListenAddr, Peer, ServerSettings};
use rtmp_core::hub::StreamStats;
use rtmp_core::media::MediaMessage;
use rtmp_core::session::Asked;
use rtmp_core::url::RtmpUrl;
use rtmp_sockets::BindError;
use rtmp_tasks::{Builder, Client, Connect, Handle, Serve, Server};

use super::naming::Naming;
use crate::PATIENCE;
use crate::clients::{Caller, Dialling};
use crate::server::{AFTERTHOUGHT, Running, Runtime, Settings, bound};

/// An async runtime, and its threads.
pub(crate) trait Threads: Sync {
    type Runtime: Serve + Connect;
    /// Threads that are there for as long as this is.
    type Started: Send + 'static;

    fn start(&self) -> Self::Started;
    /// Waits for a future, on the calling thread.
    fn wait<T>(started: &Self::Started, future: impl Future<Output = T>) -> T;
}

/// Servers and clients on such a runtime.
pub(crate) struct Tasks<T>(pub(crate) T);

struct OnTasks<R> {
    addresses: Vec<ListenAddr>,
    handle: Handle<R>,
    thread: JoinHandle<()>,
}

impl<T: Threads> Runtime for Tasks<T> {
    fn start(&self, settings: Settings) -> Result<Box<dyn Running>, BindError> {
        let threads = self.0.start();
        let server = T::wait(&threads, builder::<T::Runtime>(settings).bind())?;
        Ok(Box::new(OnTasks {
            addresses: server.local_addrs(),
            handle: server.handle(),
            thread: thread::spawn(move || T::wait(&threads, server.serve(pending()))),
        }))
    }
}

fn builder<R: Serve>(settings: Settings) -> Builder<R> {
    let afterthought = settings.afterthought;
    let authorize = move |_: &Peer, asked: &Asked| {
        let decision = afterthought.ask(asked);
        async move {
            sleep::<R>(AFTERTHOUGHT).await;
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
            None if settings.adopts => builder.listener(bound(&address)),
            None => builder.listen(address),
        };
    }
    builder
}

async fn sleep<R: rtmp_tasks::Runtime>(duration: Duration) {
    R::timer(R::now() + duration).await;
}

impl<R: Serve> Running for OnTasks<R> {
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

/// A client, and the threads that it runs on.
struct Calling<T: Threads> {
    threads: T::Started,
    client: Client<Naming<T::Runtime>>,
}

impl<T: Threads + 'static> Dialling for Tasks<T> {
    fn call(
        &self,
        url: &RtmpUrl,
        role: Role,
        settings: ClientSettings,
    ) -> Result<Box<dyn Caller>, CallError> {
        let threads = self.0.start();
        let client = Calling::<T>::wait(&threads, Client::connect(url, role, settings))?;
        Ok(Box::new(Calling::<T> { threads, client }))
    }
}

impl<T: Threads> Calling<T> {
    /// Waits as long as there is patience.
    fn wait<O>(threads: &T::Started, future: impl Future<Output = O>) -> O {
        Self::wait_for(PATIENCE, threads, future).expect("it takes no longer")
    }

    /// Waits for so long at most, and drops the future then.
    fn wait_for<O>(time: Duration, threads: &T::Started, future: impl Future<Output = O>) -> Option<O> {
        T::wait(threads, async {
            let mut future = pin!(future);
            let mut end = pin!(sleep::<T::Runtime>(time));
            poll_fn(|cx| match future.as_mut().poll(cx) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => end.as_mut().poll(cx).map(|()| None),
            })
            .await
        })
    }
}

impl<T: Threads> Caller for Calling<T> {
    fn publish(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        Self::wait(&self.threads, self.client.publish(name, PublishMode::Live))
    }

    fn play(&mut self, name: &str) -> Result<StreamHandle, CallError> {
        Self::wait(&self.threads, self.client.play(PlayOptions::new(name)))
    }

    fn send_within(
        &mut self,
        time: Duration,
        stream: StreamHandle,
        message: MediaMessage,
    ) -> Option<Result<(), CallError>> {
        Self::wait_for(time, &self.threads, self.client.send(stream, message))
    }

    fn wants_media(&mut self, stream: StreamHandle) -> bool {
        self.client.wants_media(stream)
    }

    fn end_stream(&mut self, stream: StreamHandle) {
        self.client.end_stream(stream);
    }

    fn flush(&mut self) -> Result<(), CallError> {
        Self::wait(&self.threads, self.client.flush())
    }

    fn next(&mut self) -> Option<Result<ClientEvent, CallError>> {
        Self::wait(&self.threads, self.client.next())
    }

    fn close(&mut self) -> Result<(), CallError> {
        Self::wait(&self.threads, self.client.close())
    }
}
