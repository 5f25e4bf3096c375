//! What names cost that are spelt as another tracker has them.

use serde_json::{Value, json};

use super::{numbered, sizes};
use crate::mlflow_double::{Double, Version};
use crate::tracker_of_double::{ask, config};

#[tokio::test]
async fn names_cost_a_look_at_the_newest_runs_only_where_none_is_found_as_it_was_said() {
    let double = Double::start(Version::V3_17, numbered(300)).await;
    let config = config(&double);
    let cost = async |arguments: Value| {
        double.take_seen();
        let reply = ask(&config, "search_runs", arguments).await;
        assert!(!reply.is_error, "{}", reply.text);
        (sizes(&double), reply.structured.unwrap())
    };
    let (warm, _) = cost(json!({"order_by": "metrics.acc desc", "filter": "metrics.acc > 1"})).await;
    assert_eq!(warm, [20]);

    let mut foreign = json!({"filter": "metrics.acc/acc >= 290", "limit": 5});
    let (first, answer) = cost(foreign.clone()).await;
    assert_eq!(first, [5, 50, 1, 5], "as said, the newest, whether older ones have it, as it is called");
    assert!(answer["notes"].to_string().contains("metrics.acc/acc read as metrics.acc"), "{answer}");
    assert_eq!(cost(foreign.clone()).await.0, [5, 1, 5], "the newest are kept");

    foreign["cursor"] = answer["next_cursor"].clone();
    let (next, answer) = cost(foreign).await;
    assert_eq!((next, answer["returned"].as_u64()), (vec![5], Some(5)));
    assert!(answer["notes"].to_string().contains("metrics.acc/acc read as metrics.acc"), "{answer}");
}

#[tokio::test]
async fn an_answer_without_runs_costs_one_look_at_the_newest() {
    let double = Double::start(Version::V3_17, numbered(300)).await;
    let config = config(&double);
    let none = json!({"filter": "metrics.acc > 1000"});
    for expected in [vec![20, 50], vec![20]] {
        double.take_seen();
        let reply = ask(&config, "search_runs", none.clone()).await;
        assert!(reply.text.contains("no run fits; there are runs in these projects"), "{}", reply.text);
        assert_eq!(sizes(&double), expected);
    }
}
