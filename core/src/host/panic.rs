//! Panics of the host's code.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs what may call the host's code: a policy, an observer. A panic in it is to end the connection that it was called
/// for ([`EndReason::Panicked`](super::EndReason::Panicked)) and nothing else.
///
/// # Errors
///
/// The panic's message.
pub fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_comes_out_as_its_message() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| panic!("literal")), Err::<(), _>("literal".to_owned()));
        assert_eq!(
            guarded(|| panic!("number {}", 2)),
            Err::<(), _>("number 2".to_owned())
        );
        let odd = || std::panic::panic_any(3_u8);
        assert_eq!(guarded(odd), Err::<(), _>("without a message".to_owned()));
    }
}
