//! Room to compute for the parsers of large bodies: one core is left for whoever waits for a quick answer.

use std::num::NonZero;
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::thread::available_parallelism;

/// The cores of this machine but one, and at least one.
pub(super) static CORES: LazyLock<Cores> =
    LazyLock::new(|| Cores::new(available_parallelism().map_or(1, NonZero::get).saturating_sub(1)));

/// So many threads compute at once; others wait, each on its own thread.
pub(super) struct Cores {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A core, until it is dropped.
pub(super) struct Core<'a>(&'a Cores);

impl Cores {
    /// So many, at least one.
    pub(super) fn new(count: usize) -> Self {
        Self { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    /// Waits for a core. Never on a thread that others wait for.
    pub(super) fn take(&self) -> Core<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Core(self)
    }
}

impl Drop for Core<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Cores;

    #[test]
    fn no_more_threads_compute_at_once_than_there_are_cores() {
        for (count, expected) in [(0, 1), (1, 1), (3, 3)] {
            let cores = Cores::new(count);
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let compute = || {
                for _ in 0..200 {
                    let _core = cores.take();
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                }
            };
            std::thread::scope(|threads| (0..8).for_each(|_| drop(threads.spawn(compute))));
            assert!((1..=expected).contains(&most.into_inner()), "{count}");
        }
    }

    #[test]
    fn a_core_is_free_again_when_its_thread_fails() {
        let cores = Cores::new(1);
        let failed = std::thread::scope(|threads| {
            let failing = || {
                let _core = cores.take();
                panic!("meant");
            };
            threads.spawn(failing).join().is_err()
        });
        assert!(failed);
        drop(cores.take());
    }
}
