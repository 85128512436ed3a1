//! Sign-in attempts are rate-limited by name and by address.

use governor::clock::{Clock as _, QuantaClock, QuantaInstant};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many names and addresses are remembered before those that have been quiet are forgotten.
const REMEMBERED_MAX: usize = 10_000;

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, QuantaClock>;

/// Limits attempts. Names and addresses are forgotten when they have been quiet.
pub struct SignInThrottle {
    by_name: Keyed<String>,
    by_address: Keyed<IpAddr>,
}

const fn per_minute(count: u32) -> Quota {
    match NonZeroU32::new(count) {
        Some(count) => Quota::per_minute(count),
        None => Quota::per_minute(NonZeroU32::MIN),
    }
}

/// Limits failures: whoever fails too often is refused for a while, before anything is looked up for them.
pub struct FailureLimit<K: Hash + Eq + Clone> {
    failures: Keyed<K>,
    refused: Mutex<HashMap<K, Instant>>,
    pause: Duration,
}

impl<K: Hash + Eq + Clone> FailureLimit<K> {
    /// So many failures a minute; then nothing for a pause.
    pub fn new(per_minute_max: u32, pause: Duration) -> Self {
        let failures = RateLimiter::keyed(per_minute(per_minute_max));
        Self { failures, refused: Mutex::default(), pause }
    }

    /// Whether somebody is refused now.
    pub fn refuses(&self, who: &K) -> bool {
        self.lock().get(who).is_some_and(|until| *until > Instant::now())
    }

    /// Notes a failure.
    pub fn note(&self, who: &K) {
        if self.failures.len() > REMEMBERED_MAX {
            self.failures.retain_recent();
        }
        if self.failures.check_key(who).is_err() {
            let now = Instant::now();
            let mut refused = self.lock();
            refused.retain(|_, until| *until > now);
            refused.insert(who.clone(), now + self.pause);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Addresses have the last bits of an IPv6 network left out: a host has all of them.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::from((address.to_bits() >> 64 << 64).to_be_bytes()),
        IpAddr::V4(_) => address,
    }
}

/// Limits guesses of the codes of somebody who is signed in.
pub struct CodeThrottle(Keyed<String>);

impl Default for CodeThrottle {
    fn default() -> Self {
        Self(RateLimiter::keyed(per_minute(5)))
    }
}

impl CodeThrottle {
    /// Whether the password of somebody who is signed in may be tried once more now; it has a count of its own.
    pub fn lets_try_password(&self, name: &str) -> bool {
        // No sign-in name has a blank.
        self.lets_try(&format!("password {name}"))
    }

    /// Whether a code may be tried now.
    pub fn lets_try(&self, name: &str) -> bool {
        if self.0.len() > REMEMBERED_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&name.to_lowercase()).is_ok()
    }
}

fn wait(not_until: &governor::NotUntil<QuantaInstant>, now: QuantaInstant) -> u64 {
    not_until.wait_time_from(now).as_secs().max(1)
}

impl Default for SignInThrottle {
    fn default() -> Self {
        Self {
            by_name: RateLimiter::keyed(per_minute(10)),
            by_address: RateLimiter::keyed(per_minute(30)),
        }
    }
}

impl SignInThrottle {
    /// Whether an attempt may be made now; otherwise after how many seconds.
    ///
    /// # Errors
    ///
    /// The number of seconds to wait, at least one.
    pub fn check(&self, name: &str, address: IpAddr) -> Result<(), u64> {
        self.check_address(address)?;
        let now = QuantaClock::default().now();
        let name: String = name.chars().take(64).collect::<String>().to_lowercase();
        self.by_name.check_key(&name).map_err(|not_until| wait(&not_until, now))
    }

    /// Whether an attempt that says no name may be made now; otherwise after how many seconds.
    ///
    /// # Errors
    ///
    /// As [`SignInThrottle::check`].
    pub fn check_address(&self, address: IpAddr) -> Result<(), u64> {
        if self.by_name.len() + self.by_address.len() > REMEMBERED_MAX {
            self.tidy();
        }
        let now = QuantaClock::default().now();
        let address = network_of(address);
        self.by_address.check_key(&address).map_err(|not_until| wait(&not_until, now))
    }

    /// Forgets who has been quiet, so that the memory doesn't grow.
    fn tidy(&self) {
        self.by_name.retain_recent();
        self.by_address.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_fails_too_often_is_refused_and_nobody_else() {
        let limit = FailureLimit::new(3, Duration::from_hours(1));
        for _ in 0..3 {
            limit.note(&"one");
            assert!(!limit.refuses(&"one"));
        }
        limit.note(&"one");
        assert!(limit.refuses(&"one"));
        assert!(!limit.refuses(&"other"));
        let short = FailureLimit::new(1, Duration::ZERO);
        short.note(&"one");
        short.note(&"one");
        assert!(!short.refuses(&"one"), "the pause is over");
    }
}
