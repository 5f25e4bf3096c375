"""Filters of search_runs against the same condition written in Python."""

import math
from collections.abc import Callable
from datetime import UTC, datetime

from context import Context
from reference import Fact
from sample import COMMIT, ODD_NAMES


def quoted(text: str) -> str:
    """A text as it stands in a filter."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def metric(run: Fact, name: str, holds: Callable[[float], bool]) -> bool:
    """A comparison of a metric is unknown, so it does not hold, where it is missing or NaN."""
    value = run.metrics.get(name)
    return value is not None and not math.isnan(value) and holds(value)


def millis(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000


async def _agree(context: Context, pairs: list[tuple[str, Callable[[Fact], bool]]]) -> None:
    problems = []
    async with context.connect() as connection:
        for text, holds in pairs:
            expected = context.reference.where(holds)
            assert expected, f"the test data hold nothing for: {text}"
            try:
                found = await connection.all_ids(filter=text)
            except AssertionError as problem:
                problems.append(str(problem))
                continue
            if sorted(found) != sorted(expected):
                missing, surplus = len(expected - set(found)), len(set(found) - expected)
                problems.append(f"{text}: {len(found)} found, {missing} missing, {surplus} too many")
    assert not problems, "\n".join(problems)


async def test_and_or_not_and_parentheses(context: Context) -> None:
    await _agree(
        context,
        [
            (
                "params.optimizer = 'adam' and metrics.val_f1 > 0.5",
                lambda run: run.params.get("optimizer") == "adam" and metric(run, "val_f1", lambda value: value > 0.5),
            ),
            (
                "params.optimizer = 'adam' or params.lr = '0.1'",
                lambda run: run.params.get("optimizer") == "adam" or run.params.get("lr") == "0.1",
            ),
            (
                "status = 'failed' and (params.lr = '0.1' or user = 'bob')",
                lambda run: run.status == "failed" and (run.params.get("lr") == "0.1" or run.user == "bob"),
            ),
            # A run without the parameter is unknown, and `not` keeps that.
            ("not params.optimizer = 'adam'", lambda run: run.params.get("optimizer", "adam") != "adam"),
            (
                "not (params.optimizer = 'adam' or status = 'finished')",
                lambda run: run.params.get("optimizer", "adam") != "adam" and run.status != "finished",
            ),
        ],
    )


async def test_in_like_and_null(context: Context) -> None:
    await _agree(
        context,
        [
            ("params.lr in ('0.1', '1e-4')", lambda run: run.params.get("lr") in ("0.1", "1e-4")),
            ("status in ('failed', 'KILLED')", lambda run: run.status in ("failed", "stopped")),
            ("params.lr not in ('0.1', '1e-4')", lambda run: run.params.get("lr", "0.1") not in ("0.1", "1e-4")),
            ("name like 'bench-00%'", lambda run: run.name.startswith("bench-00")),
            ("name like 'bench-0_0'", lambda run: run.name in {f"bench-0{digit}0" for digit in range(10)}),
            ("name like 'UPPER%'", lambda run: run.name == "UPPER case"),
            ("name ilike 'upper%'", lambda run: run.name.lower() == "upper case"),
            ("tags.model ilike '%LLAMA%'", lambda run: "llama" in run.tags.get("model", "")),
            ("tags.golden is not null", lambda run: "golden" in run.tags),
            # NaN is a value: only the runs that never logged the metric are null.
            (
                "project = 'bench' and metrics.val_f1 is null",
                lambda run: run.experiment == "bench" and "val_f1" not in run.metrics,
            ),
        ],
    )


async def test_metrics_that_are_not_finite(context: Context) -> None:
    await _agree(
        context,
        [
            ("metrics.val_f1 > 0.9", lambda run: metric(run, "val_f1", lambda value: value > 0.9)),
            ("metrics.val_f1 < 0.2", lambda run: metric(run, "val_f1", lambda value: value < 0.2)),
            ("not metrics.val_f1 > 0.2", lambda run: metric(run, "val_f1", lambda value: not value > 0.2)),
            ("metrics.val_f1 != 0.97", lambda run: metric(run, "val_f1", lambda value: value != 0.97)),
        ],
    )


async def test_keys_that_need_back_quotes(context: Context) -> None:
    await _agree(
        context,
        [
            ("metrics.`val/loss` < 0.3", lambda run: metric(run, "val/loss", lambda value: value < 0.3)),
            (
                "params.`batch size` = '32' and user = 'bob'",
                lambda run: run.params.get("batch size") == "32" and run.user == "bob",
            ),
            (
                "metrics.`num/ber` >= 3 and metrics.`num/ber` < 6",
                lambda run: metric(run, "num/ber", lambda value: 3 <= value < 6),
            ),
            ("tags.`a.b c/d` = '模型-训练'", lambda run: run.tags.get("a.b c/d") == "模型-训练"),
            ("params.`学习率` = '0.1'", lambda run: run.params.get("学习率") == "0.1"),
        ],
    )


async def test_values_with_quotes_wildcards_emoji_and_backslashes_are_taken_literally(context: Context) -> None:
    pairs = []
    for odd in ODD_NAMES:
        pairs.append((f"name = {quoted(odd)}", lambda run, odd=odd: run.name == odd))
        pairs.append((f"params.label = {quoted(odd)}", lambda run, odd=odd: run.params.get("label") == odd))
        pairs.append((f"tags.`a.b c/d` in ({quoted(odd)}, 'x')", lambda run, odd=odd: run.tags.get("a.b c/d") == odd))
    # The value that ends in a backslash, with a further text after it.
    pairs.append(
        (r"params.label = 'trailing\\' and status = 'finished'", lambda run: run.params.get("label") == "trailing\\")
    )
    pairs.append(('name = "it\'s quoted"', lambda run: run.name == "it's quoted"))
    await _agree(context, pairs)


async def test_heads_of_runs(context: Context) -> None:
    parent, middle = context.ids["runs"]["parent"], context.ids["bench"][7]
    await _agree(
        context,
        [
            (f"parent = '{parent}'", lambda run: run.tags.get("mlflow.parentRunId") == parent),
            (f"commit = '{COMMIT}'", lambda run: run.tags.get("mlflow.source.git.commit") == COMMIT),
            ("dataset = 'mmlu'", lambda run: "mmlu" in run.datasets),
            (f"id in ('{parent}', '{middle}')", lambda run: run.id in (parent, middle)),
            ("user != 'ada'", lambda run: run.user not in ("", "ada")),
            (
                "started >= '2026-06-02T00:00:00Z' and started < '2026-06-02T06:00:00Z'",
                lambda run: millis("2026-06-02T00:00:00") <= run.start < millis("2026-06-02T06:00:00"),
            ),
            (
                "duration > 300 and status = 'finished'",
                lambda run: run.status == "finished" and run.end - run.start > 300_000,
            ),
        ],
    )


async def test_datasets_beside_other_conditions_and_orders(context: Context) -> None:
    # MLflow 2.15 cannot join a dataset to the first four, nor sort by a metric or tag beside it.
    def used(run: Fact) -> bool:
        return "mmlu" in run.datasets

    parents = context.reference.where(used)
    assert parents, "the test data hold no run with that dataset"
    parent = next(run for run in context.reference.all if used(run))
    await _agree(
        context,
        [
            (f"dataset = 'mmlu' and name = {quoted(parent.name)}", lambda run: used(run) and run.name == parent.name),
            ("dataset = 'mmlu' and commit is not null", lambda run: used(run) and "mlflow.source.git.commit" in run.tags),
            ("dataset like 'mm%' and status = 'finished'", lambda run: used(run) and run.status == "finished"),
            ("dataset = 'mmlu' and not params.nothing = 'x' or dataset = 'mmlu' and user != 'x'", used),
        ],
    )
    async with context.connect() as connection:
        for order in (["metrics.precision desc"], ["tags.golden"], ["name"]):
            for text in ("dataset = 'mmlu'", "dataset = 'mmlu' and name like '%'"):
                found = await connection.all_ids(filter=text, order_by=order)
                assert sorted(found) == sorted(parents), f"{text} by {order}: {len(found)} found"


async def test_every_test_of_every_key_is_understood(context: Context) -> None:
    """What is pushed down must be accepted by the server, whatever it finds there."""
    texts = ["= 'a'", "!= 'a'", "= \"it's\"", "like 'a%_'", "not like 'a%'", "ilike '%Äk%'", "in ('a', 'b')", "is null"]
    numbers = ["= 1", "!= 1.5", "< -1e-3", "<= 1e16", "> 5e-324", ">= inf", "= -inf", "< inf", "is not null"]
    times = ["= '2026-01-01'", "!= '2026-01-01'", "< '7d'", "<= '1960-01-01'", "> '2026-01-01T00:00:00.0005Z'"]
    filters = [f"{key} {test}" for key in ("name", "user", "id", "parent", "commit", "dataset") for test in texts]
    filters += [f"{key} {test}" for key in ("params.`a b/c`", "tags.`é.1`", "tags.`in`") for test in texts]
    filters += [f"metrics.`val/loss` {test}" for test in numbers]
    filters += [f"{key} {test}" for key in ("started", "ended") for test in times]
    filters += [f"status {test} '{word}'" for test in ("=", "!=") for word in ("queued", "finished", "created")]
    filters += ["status in ('failed', 'stopped')", "status not in ('failed', 'created')"]
    problems = []
    async with context.connect() as connection:
        for text in filters:
            answer = await connection.call("search_runs", filter=text, limit=1)
            if answer.is_error:
                problems.append(f"{text}: {answer.text}")
    assert not problems, "\n".join(problems)
