//! What a loop is told from other threads.

use std::fmt;
use std::io;
use std::mem;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mio::Waker;
use rtmp_core::connection::server::RequestId;
use rtmp_core::host::ServerSettings;
use rtmp_core::hub::{StreamStats, Token};
use rtmp_core::session::Decision;

use crate::connection::{Arrival, Note};
use crate::socket::Socket;

/// Letters to one loop. It is woken by the first one, and then reads them all.
pub(crate) struct Inbox {
    mail: Mutex<Mail>,
    waker: Waker,
}

/// What has come since the loop looked.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) letters: Vec<Letter>,
    /// Connections of the loop that the hub has woken.
    pub(crate) tokens: Vec<Token>,
    /// Nobody reads it any more.
    is_closed: bool,
}

/// Something for a loop to do.
pub(crate) enum Letter {
    /// The server is to stop.
    Shutdown,
    /// All connections are told so.
    Stop,
    /// All connections end as they are, and the worker with them.
    Quit,
    /// The host's answer for one connection.
    Decide {
        connection: u64,
        request: RequestId,
        decision: Decision,
    },
    /// There are other settings.
    Reconfigure(Arc<ServerSettings>),
    /// All streams are to be told.
    Streams(Sender<Vec<StreamStats>>),
    /// A connection that the worker is to serve.
    Admit(Socket, Arrival),
    /// What became of a worker's connection.
    Note(Note),
    /// A worker can't go on.
    Failed(io::Error),
}

impl Inbox {
    pub(crate) fn new(waker: Waker) -> Self {
        Self {
            mail: Mutex::default(),
            waker,
        }
    }

    pub(crate) fn post(&self, letter: Letter) {
        self.add(|mail| mail.letters.push(letter));
    }

    pub(crate) fn post_all(&self, letters: impl Iterator<Item = Letter>) {
        self.add(|mail| mail.letters.extend(letters));
    }

    pub(crate) fn wake(&self, tokens: impl Iterator<Item = Token>) {
        self.add(|mail| mail.tokens.extend(tokens));
    }

    fn add(&self, add: impl FnOnce(&mut Mail)) {
        let mut mail = self.lock();
        if mail.is_closed {
            return;
        }
        let was_empty = mail.is_empty();
        add(&mut mail);
        let wake = was_empty && !mail.is_empty();
        drop(mail);
        if wake {
            // No open one is known to fail: one that is full has woken.
            let _ = self.waker.wake();
        }
    }

    /// Takes all that has come.
    pub(crate) fn take(&self) -> Mail {
        mem::take(&mut *self.lock())
    }

    /// What is in it is dropped, and what comes from here on.
    pub(crate) fn close(&self) {
        *self.lock() = Mail {
            is_closed: true,
            ..Mail::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        // Nothing in it can be half done.
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.tokens.is_empty()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}
