//! What is traced of a request, and what is not.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::support::{Script, Step, call, settings};
use crate::http::{Access, Credential, FixedCredential, Request};
use crate::secret::Secret;

/// Keeps the fields of all events of this crate as text.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<String>>);

impl Subscriber for Traces {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("backends")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn every_try_is_traced_without_query_body_and_credential() {
    let traces = Traces::default();
    let _guard = tracing::subscriber::set_default(traces.clone());
    let script = Script::of([Step::Answer(503, &[], "busy"), Step::Answer(200, &[], "[1]")]);
    let mut settings = settings("http://bob:hunter2@tracker.localhost/base");
    settings.authorize = Arc::new(FixedCredential(Credential::bearer(&Secret::new("hunter3"))));
    let request = Request::post(Access::Read, "runs", &serde_json::json!({"q": "hunter4"})).query("q", "hunter5");
    script.client_of(settings).send(&call(), request).await.unwrap();

    let traced = traces.0.lock().unwrap().clone();
    assert_eq!(
        traced,
        "message=request tracker=\"lab\" method=\"POST\" path=\"/base/runs\" status=503 ms=0 bytes=4 \
         message=request tracker=\"lab\" method=\"POST\" path=\"/base/runs\" status=200 ms=0 bytes=3 "
    );
}
