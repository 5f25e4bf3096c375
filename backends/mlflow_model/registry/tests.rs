use std::collections::BTreeMap;

use super::*;
use crate::query::Filter;

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_prompt_is_told_by_its_tag_and_says_its_text() {
    let own = tags(&[
        (IS_PROMPT, "true"),
        ("_mlflow_prompt_type", "chat"),
        ("mlflow.prompt.text", "Hello {{name}}"),
        ("task", "qa"),
    ]);
    assert_eq!((kind(&own), kind(&tags(&[]))), (ModelKind::Prompt, ModelKind::Registered));
    let raw = ModelVersion {
        version: "2".to_owned(),
        location: Some("dummy-source".to_owned()),
        stage: Some("None".to_owned()),
        ..ModelVersion::default()
    };
    let version = version("greeting", own, raw);
    assert_eq!((version.id.as_str(), &version.location, &version.stage), ("greeting/2", &None, &None));
    assert_eq!(version.prompt, Some(Prompt { kind: Some("chat".to_owned()), text: "Hello {{name}}".to_owned() }));
    assert_eq!(version.tags, tags(&[("task", "qa")]));
}

#[test]
fn a_version_that_was_registered_from_a_logged_model_leads_to_it() {
    let of = |source: &str| {
        let raw = ModelVersion { location: Some(source.to_owned()), ..ModelVersion::default() };
        version("m", BTreeMap::new(), raw).logged
    };
    let id = "m-04710e7abfd14f81a22fe20a9e68b978";
    assert_eq!(of(&format!("models:/{id}")).as_deref(), Some(id));
    assert_eq!((of("models:/other/3"), of("s3://bucket/x")), (None, None));
}

#[test]
fn a_logged_model_tells_once_what_it_was_registered_as() {
    let noted = tags(&[(REGISTERED_AS, r#"[{"name": "sk-clf", "version": 1}, {"name": "sk-clf", "version": "1"}]"#)]);
    assert_eq!(registered_as(&noted), ["sk-clf/1"]);
    assert!(registered_as(&tags(&[(REGISTERED_AS, "{")])).is_empty());
}

#[test]
fn what_mlflow_does_not_keep_of_a_model_is_said() {
    let query = |kind, filter: &str| ModelQuery {
        kind,
        projects: ProjectScope::All,
        text: None,
        filter: Some(Filter::parse(filter, jiff::Timestamp::UNIX_EPOCH).unwrap()),
        limit: 1,
        cursor: None,
    };
    for (kind, filter, named) in [
        (ModelKind::Registered, "framework = 'pytorch'", "MLmodel"),
        (ModelKind::Logged, "not alias = 'champion'", "kind registered"),
        (ModelKind::Registered, "metrics.f1 > 1 or name = 'x'", "source runs"),
    ] {
        let error = refuse(&query(kind, filter)).unwrap_err();
        assert!(error.message.contains(named), "{filter}: {error}");
    }
    assert_eq!(refuse(&query(ModelKind::Registered, "alias = 'a' and tags.team = 'nlp' and stage is null")), Ok(()));
}
