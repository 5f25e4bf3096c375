//! The values of a JSON document by the way to each of them: `train.lr`, `layers[2].name`.

use std::collections::BTreeMap;

use serde_json::Value;

/// Every value that holds no other, by its key path. An empty object or list is such a value. A key that would not
/// read back, because it holds a dot, a bracket or a quote or is empty, stands quoted in brackets: `a["b.c"]`.
pub fn flatten(document: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    walk(document, String::new(), &mut found);
    found
}

fn walk(value: &Value, path: String, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let path = match (is_plain(key), path.is_empty()) {
                    (true, true) => key.clone(),
                    (true, false) => format!("{path}.{key}"),
                    (false, _) => format!("{path}[{}]", Value::from(key.as_str())),
                };
                walk(value, path, found);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (at, value) in values.iter().enumerate() {
                walk(value, format!("{path}[{at}]"), found);
            }
        }
        leaf => {
            found.insert(path, leaf.clone());
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"'])
}

/// Whether two values are equal, where 1 and 1.0 are.
pub fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let whole = |number: &serde_json::Number| number.is_i64() || number.is_u64();
            // Whole numbers beyond 2^53 would be equal to their neighbours as floating-point numbers.
            x == y || (!(whole(x) && whole(y)) && x.as_f64() == y.as_f64())
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn paths(document: Value) -> Vec<String> {
        flatten(&document).into_keys().collect()
    }

    #[test]
    fn a_value_is_found_by_its_way() {
        assert_eq!(
            paths(json!({"train": {"lr": 0.1, "betas": [0.9, 0.99]}, "seed": 1})),
            ["seed", "train.betas[0]", "train.betas[1]", "train.lr"]
        );
        assert_eq!(flatten(&json!(5)), BTreeMap::from([(String::new(), json!(5))]));
    }

    #[test]
    fn what_is_empty_is_a_value() {
        assert_eq!(
            flatten(&json!({"a": {}, "b": []})),
            BTreeMap::from([("a".into(), json!({})), ("b".into(), json!([]))])
        );
    }

    #[test]
    fn a_key_that_looks_like_a_way_is_quoted() {
        assert_eq!(paths(json!({"a": {"b.c": 1, "": 2}, "d[0]": 3})), ["[\"d[0]\"]", "a[\"\"]", "a[\"b.c\"]"]);
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(same_value(&json!(1), &json!(1.0)) && same_value(&json!("x"), &json!("x")));
        assert!(!same_value(&json!(1), &json!("1")) && !same_value(&json!(1), &json!(2)));
        assert!(!same_value(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992_i64)));
    }

    fn document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..3).prop_map(Value::from)];
        leaf.prop_recursive(3, 16, 3, |inner| {
            let key = proptest::sample::select(vec!["a", "b", "a.b", "", "[0]", "0", "\"", "a\"]"]);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::vec((key, inner), 0..3).prop_map(|fields| {
                    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn documents_are_equal_exactly_when_their_values_by_way_are(a in document(), b in document()) {
            prop_assert_eq!(flatten(&a) == flatten(&b), a == b);
        }
    }
}
