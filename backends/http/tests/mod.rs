//! The waist under test: its rules on a scripted network with a paused clock, and its wires on real loopback servers.

mod answers;
mod folds;
mod rules;
mod servers;
pub(super) mod support;
mod tls;
mod traces;
