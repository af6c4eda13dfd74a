//! How many connections there are, and may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::observer::Full;

/// Counts connections, in all and by address.
#[derive(Debug)]
pub(crate) struct Census {
    max: usize,
    max_per_ip: Option<usize>,
    per_ip: Mutex<HashMap<IpAddr, usize>>,
    total: watch::Sender<usize>,
}

impl Census {
    pub(crate) fn new(max: usize, max_per_ip: Option<usize>) -> Self {
        Self {
            max,
            max_per_ip,
            per_ip: Mutex::default(),
            total: watch::Sender::new(0),
        }
    }

    /// Counts one more, unless a limit is reached.
    pub(crate) fn enter(self: &Arc<Self>, ip: Option<IpAddr>) -> Result<Place, Full> {
        let has_room = self.total.send_if_modified(|total| {
            let has_room = *total < self.max;
            *total += usize::from(has_room);
            has_room
        });
        if !has_room {
            return Err(Full::Server(self.max));
        }
        // From here on dropping the place gives back what has been counted.
        let mut place = Place {
            census: Arc::clone(self),
            ip: None,
        };
        if let (Some(ip), Some(max)) = (ip, self.max_per_ip) {
            let mut per_ip = self.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            let count = per_ip.entry(ip).or_default();
            if *count >= max {
                drop(per_ip);
                return Err(Full::Address(max));
            }
            *count += 1;
            place.ip = Some(ip);
        }
        Ok(place)
    }

    pub(crate) fn total(&self) -> usize {
        *self.total.borrow()
    }

    /// Returns when nobody is left.
    pub(crate) async fn emptied(&self) {
        // It fails when the sender is gone, and we hold it.
        let _ = self.total.subscribe().wait_for(|&total| total == 0).await;
    }
}

/// One counted connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    census: Arc<Census>,
    ip: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(ip) = self.ip {
            let mut per_ip = self.census.per_ip.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = per_ip.get_mut(&ip) {
                *count -= 1;
                if *count == 0 {
                    per_ip.remove(&ip);
                }
            }
        }
        self.census.total.send_modify(|total| *total -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    const B: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2)));

    #[test]
    fn a_place_given_up_is_free_again() {
        let census = Arc::new(Census::new(1, None));
        let place = census.enter(A).unwrap();
        assert_eq!(census.enter(B).unwrap_err(), Full::Server(1));
        drop(place);
        assert!(census.enter(B).is_ok());
        assert_eq!(census.total(), 0);
    }

    #[test]
    fn one_address_can_have_its_own_limit() {
        let census = Arc::new(Census::new(10, Some(1)));
        let place = census.enter(A).unwrap();
        assert_eq!(census.enter(A).unwrap_err(), Full::Address(1));
        assert!(census.enter(B).is_ok());
        assert_eq!(census.total(), 1, "who was turned away is not counted");
        drop(place);
        assert!(census.per_ip.lock().unwrap().is_empty());
    }
}
