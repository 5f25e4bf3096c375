//! The one place that sends requests.
