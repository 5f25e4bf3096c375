//! `trace_info.yaml`, field for field.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::mlflow_model::traces::Recorded;
use crate::model::{ProjectId, ProjectRef};

/// What `trace_info.yaml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InfoFile {
    /// Only before 3.0.
    request_id: Option<String>,
    request_time: Option<String>,
    execution_duration_ms: Option<i64>,
    state: Option<String>,
    request_preview: Option<String>,
    response_preview: Option<String>,
}

impl InfoFile {
    /// What it says of a trace, which has its place, its tags and its metadata elsewhere.
    pub(super) fn recorded(self) -> Result<Recorded, String> {
        if self.request_id.is_some() {
            return Err("it is of MLflow 2; traces are read from 3.0 on".to_owned());
        }
        Ok(Recorded {
            id: String::new(),
            project: ProjectRef { id: ProjectId::new(""), name: String::new() },
            started: self.request_time.and_then(|text| text.parse().ok()),
            duration: self.execution_duration_ms.map(SignedDuration::from_millis),
            state: self.state.unwrap_or_default(),
            request: self.request_preview,
            response: self.response_preview,
            tags: BTreeMap::new(),
            metadata: BTreeMap::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::InfoFile;

    #[test]
    fn a_trace_of_mlflow_2_is_told_apart() {
        let read = |text: &str| serde_json::from_str::<InfoFile>(text).unwrap().recorded();
        let new =
            read(r#"{"trace_id": "tr-1", "request_time": "2026-11-21T00:32:15.407Z", "execution_duration_ms": 39}"#);
        assert_eq!(new.unwrap().started.unwrap().to_string(), "2026-11-21T00:32:15.407Z");
        assert!(read(r#"{"request_id": "0a", "timestamp_ms": 1}"#).unwrap_err().contains("MLflow 2"));
    }
}
