//! What people and models get wrong, and what goes wrong below them: each ends as a sentence that leads on.

mod arguments;
mod configuration;
mod cursors;
mod names;
mod recovery;
mod refusals;
mod servers;
