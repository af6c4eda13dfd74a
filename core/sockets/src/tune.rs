//! What makes a stream's delay short.

/// A socket of any runtime, by what the system knows it by.
#[cfg(unix)]
pub use std::os::fd::AsFd as AsHandle;
/// A socket of any runtime, by what the system knows it by.
#[cfg(windows)]
pub use std::os::windows::io::AsSocket as AsHandle;

use socket2::SockRef;

/// What the kernel queues of bytes that are not yet on their way. More would only make a slow player's delay
/// longer before it is noticed, and hold the memory of all of them.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNSENT_IN_KERNEL: u32 = 128 << 10;

/// Whether accepted sockets inherit what [`prepare`] sets from their listener, and two calls for each are spared. On Linux
/// they begin as copies of it; other systems differ, and from one option to another.
pub(crate) const IS_INHERITED: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// Reads of a connection to be [acknowledged at once](acknowledge_now): enough to come from the handshake to `publish`,
/// however it is cut.
pub const OPENING_READS: u8 = 32;

/// Sets what makes a stream's delay short, on a TCP socket that has just been connected, or accepted from a
/// [`Listener`](crate::Listener) that says it [must be](crate::Listener::must_prepare). One that refuses, because its peer
/// has gone, says so when it is read.
pub fn prepare(socket: &impl AsHandle) {
    let socket = SockRef::from(socket);
    let _ = socket.set_tcp_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket.set_tcp_notsent_lowat(UNSENT_IN_KERNEL);
}

/// Sends the acknowledgement that the system would put off for 40 ms, in case that an answer goes the same way. For the
/// first [reads](OPENING_READS) of a connection.
///
/// FFmpeg writes the head of a message and its body apart, and its system holds the body back until the head is
/// acknowledged (Nagle's algorithm): that is 40 ms for each step from `connect` to `publish`.
pub fn acknowledge_now<S: AsHandle>(socket: &S) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = SockRef::from(socket).set_tcp_quickack(true);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = socket;
}
