//! A server under test, whatever runs it.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtmp_core::connection::server::{ConnectCommand, StreamName};
use rtmp_core::host::{ListenAddr, ServerSettings};
use rtmp_core::hub::{StreamKey, StreamStats};
use rtmp_core::limits::Limits;
use rtmp_core::session::{Asked, Decision, Policy};
use rtmp_core::tls::ServerTls;
use rtmp_sockets::BindError;

use crate::PATIENCE;
use crate::client::{self, Client};
use crate::diary::Diary;

/// What runs servers.
pub(crate) trait Runtime: Sync {
    /// A server that serves, on a thread of its own.
    fn start(&self, settings: Settings) -> Result<Box<dyn Running>, BindError>;
}

/// A server on its thread.
pub(crate) trait Running: Send {
    /// Where it listens, in the order of [`Settings::listen`].
    fn addresses(&self) -> &[ListenAddr];
    /// Connections at this moment.
    fn connections(&self) -> usize;
    /// All streams at this moment, in the order of their keys.
    fn streams(&self) -> Vec<StreamStats>;
    /// Gives it other settings.
    fn reconfigure(&self, settings: ServerSettings);
    /// Asks it to stop.
    fn shut_down(&self);
    /// Whether its thread has ended.
    fn has_ended(&self) -> bool;
}

/// What a scenario wants of its server.
pub(crate) struct Settings {
    pub(crate) listen: Vec<ListenAddr>,
    /// It is given sockets that are bound already, in the place of addresses.
    pub(crate) adopts: bool,
    /// What it speaks to those who come.
    pub(crate) tls: Option<ServerTls>,
    pub(crate) server: ServerSettings,
    pub(crate) rules: Rules,
    /// Decides, after a while, what `rules` leaves for later.
    pub(crate) afterthought: Rules,
    pub(crate) diary: Diary,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: vec![loopback()],
            adopts: false,
            tls: None,
            server: ServerSettings::default(),
            rules: Rules::default(),
            afterthought: Rules::default(),
            diary: Diary::default(),
        }
    }
}

impl Settings {
    /// With a server that is told something else than by default.
    pub(crate) fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        let mut settings = Self::default();
        change(&mut settings.server);
        settings
    }

    /// With other limits than the default ones.
    pub(crate) fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        Self::with(|server| change(&mut Arc::make_mut(&mut server.session.connection).limits))
    }
}

/// What listens at an address already, as systemd hands it on.
pub(crate) fn bound(address: &ListenAddr) -> TcpListener {
    match address {
        ListenAddr::Tcp(address) => TcpListener::bind(address).unwrap(),
        ListenAddr::Unix(path) => panic!("{} is no TCP address", path.display()),
    }
}

/// A port of this machine's own that is free.
pub(crate) fn loopback() -> ListenAddr {
    ListenAddr::Tcp("127.0.0.1:0".parse().unwrap())
}

/// How long a host that takes its time takes.
pub(crate) const AFTERTHOUGHT: Duration = Duration::from_millis(20);

/// A policy in one function.
#[derive(Clone)]
pub(crate) struct Rules(Arc<dyn Fn(&Asked) -> Decision + Send + Sync>);

impl Rules {
    pub(crate) fn new(rules: impl Fn(&Asked) -> Decision + Send + Sync + 'static) -> Self {
        Self(Arc::new(rules))
    }

    pub(crate) fn ask(&self, asked: &Asked) -> Decision {
        (self.0)(asked)
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(|_| Decision::Accept)
    }
}

impl Policy for Rules {
    fn connect(&self, _: &ConnectCommand, _: Instant) -> Decision {
        self.ask(&Asked::Connect)
    }

    fn publish(&self, key: &StreamKey, name: &StreamName, _: &ConnectCommand) -> Decision {
        self.ask(&Asked::Publish(key.clone(), name.clone()))
    }

    fn play(&self, key: &StreamKey, name: &StreamName, _: &ConnectCommand) -> Decision {
        self.ask(&Asked::Play(key.clone(), name.clone()))
    }
}

/// A running server; dropping it asks it to stop.
pub(crate) struct Server {
    running: Box<dyn Running>,
    diary: Diary,
}

impl Server {
    /// With default settings.
    pub(crate) fn start(runtime: &dyn Runtime) -> Self {
        Self::with(runtime, Settings::default())
    }

    pub(crate) fn with(runtime: &dyn Runtime, settings: Settings) -> Self {
        let diary = settings.diary.clone();
        let running = runtime.start(settings).expect("the address is free");
        Self { running, diary }
    }

    pub(crate) fn address(&self) -> &ListenAddr {
        &self.running.addresses()[0]
    }

    /// The TCP address that it listens at in this place.
    pub(crate) fn tcp_address(&self, index: usize) -> SocketAddr {
        match &self.running.addresses()[index] {
            ListenAddr::Tcp(address) => *address,
            other => panic!("{other} is no TCP address"),
        }
    }

    pub(crate) fn socket(&self) -> TcpStream {
        client::connect(self.tcp_address(0))
    }

    /// A client behind its `createStream`.
    pub(crate) fn client(&self) -> Client<TcpStream> {
        Client::new(self.socket())
    }

    /// A client at a Unix socket, likewise.
    pub(crate) fn unix_client(path: &Path) -> Client<UnixStream> {
        let socket = UnixStream::connect(path).expect("the server listens");
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Client::new(socket)
    }

    pub(crate) fn connections(&self) -> usize {
        self.running.connections()
    }

    pub(crate) fn streams(&self) -> Vec<StreamStats> {
        self.running.streams()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let keys = self.streams().into_iter().map(|stream| stream.key.to_string());
        keys.collect()
    }

    /// What its observer has heard.
    pub(crate) fn diary(&self) -> Vec<String> {
        self.diary.lines()
    }

    /// Waits for something that the server's threads bring about.
    #[track_caller]
    pub(crate) fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            assert!(
                started.elapsed() < PATIENCE,
                "it never became so; {} connections, {:#?}",
                self.connections(),
                self.diary()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the observer has heard a line with these words.
    #[track_caller]
    pub(crate) fn until_told(&self, words: &str) {
        self.until(|server| server.diary().iter().any(|line| line.contains(words)));
    }

    /// Waits until so many messages of the only stream have been published.
    #[track_caller]
    pub(crate) fn until_published(&self, messages: u64) {
        self.until(|server| matches!(&server.streams()[..], [stream] if stream.messages_in == messages));
    }

    /// Gives it the default settings, but for what is changed.
    pub(crate) fn reconfigure(&self, change: impl FnOnce(&mut ServerSettings)) {
        self.running.reconfigure(Settings::with(change).server);
    }

    pub(crate) fn shut_down(&self) {
        self.running.shut_down();
    }

    /// Waits until it has stopped.
    #[track_caller]
    pub(crate) fn until_stopped(&self) {
        self.until(|server| server.running.has_ended());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.shut_down();
    }
}
