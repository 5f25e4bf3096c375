//! How fast the parts are whose work grows with the data: `cargo bench`, or `cargo bench reduction` for one of them.
//! What depends on a server is measured by `tests/live/measure.py`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to tell")]

mod charts;
mod diagnosis;
mod filters;
mod importance;
mod local_store;
mod reduction;
mod rendering;
mod runs;

/// Counts what is allocated, for benchmarks whose memory matters.
#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}
