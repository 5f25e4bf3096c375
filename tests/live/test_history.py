"""get_metric_history: its numbers against every point that MLflow's own client reads."""

import math
import sys
from datetime import UTC, datetime

from answers import Answer, number, run_id
from context import Context
from mlflow.entities import Metric
from proxy import proxy
from sample import CURVE_STEPS, INFINITE_FROM, LONG_STEPS, NAN_FROM, SPIKES

# At the length of a page the server sends a second one.
PAGE = 10_000


def _points(context: Context, run: str, metric: str) -> list[Metric]:
    """A history in the order in which it was reported, with infinity where the SQL store kept the largest number."""
    points = context.reference.client.get_metric_history(run, metric)
    return sorted(points, key=lambda point: (point.timestamp, point.step))


def _value(point: Metric) -> float:
    return math.copysign(math.inf, point.value) if abs(point.value) == sys.float_info.max else point.value


def _facts(points: list[Metric]) -> dict:
    """What a row of `series` says, computed from all points; what is nothing or 0 is left out."""
    finite = [point for point in points if math.isfinite(_value(point))]
    broken = [point for point in points if not math.isfinite(_value(point))]
    as_stored = [0 if math.isnan(point.value) else point.value for point in points]
    last = max(zip(points, as_stored, strict=True), key=lambda one: (one[0].step, one[0].timestamp, one[1]))[0]
    facts: dict = {"n": len(points)}
    chosen = {"first": points[0], "last": last}
    if finite:
        chosen |= {"min": min(finite, key=_value), "max": max(finite, key=_value)}
    if broken:
        chosen["first_non_finite"] = broken[0]
    for name, point in chosen.items():
        facts |= {name: _value(point), f"{name}_step": point.step}
    counts = {
        "nan": sum(math.isnan(_value(point)) for point in points),
        "infinity": sum(_value(point) == math.inf for point in points),
        "minus_infinity": sum(_value(point) == -math.inf for point in points),
        "repeated_steps": len(points) - len({point.step for point in points}),
        "steps_back": sum(b.step < a.step for a, b in zip(points, points[1:], strict=False)),
    }
    return facts | {name: count for name, count in counts.items() if count}


def _row(answer: Answer, metric: str) -> dict:
    """The row of a metric, without what names it, in the shape of `_facts`."""
    row = next(row for row in answer.rows("series") if row["metric"] == metric)
    numbers = {name: number(cell) for name, cell in row.items() if name not in ("run", "name", "metric") and cell != ""}
    may_be_none = ("nan", "infinity", "minus_infinity", "repeated_steps", "steps_back")
    return {name: value for name, value in numbers.items() if value != 0 or name not in may_be_none}


def _same(ours: dict, theirs: dict) -> bool:
    # As text, in which NaN is like itself; the numbers are exact, so nothing is rounded.
    return {key: float(value).hex() for key, value in ours.items()} == {
        key: float(value).hex() for key, value in theirs.items()
    }


def _samples(answer: Answer, metric: str) -> list[list]:
    record = next(record for record in answer.structured["samples"] if record["metric"] == metric)
    return record["points"]["rows"]


async def test_statistics_are_those_of_every_point(context: Context) -> None:
    async with context.connect() as connection:
        for run in context.ids["curves"].values():
            answer = await connection.ask("get_metric_history", runs=[run], metrics=["*"], points=0)
            assert answer.structured["source"] == "exact" and "samples" not in answer.structured, answer.text
            metrics = [row["metric"] for row in answer.rows("series")]
            assert set(metrics) == set(context.reference.run(run).metrics), metrics
            for metric in metrics:
                theirs = _facts(_points(context, run, metric))
                ours = _row(answer, metric)
                assert _same(ours, theirs), f"{metric}: {ours} is not {theirs}"
                for fact in theirs.values():
                    assert str(fact) in answer.text or math.isinf(fact) or math.isnan(fact) or fact in ours.values()


async def test_the_last_value_is_the_one_that_mlflow_calls_last(context: Context) -> None:
    for run in context.ids["curves"].values():
        answer = await context.ask("get_metric_history", runs=[run], metrics=["*"], points=0)
        for metric, value in context.reference.run(run).metrics.items():
            assert _row(answer, metric)["last"].hex() == float(value).hex(), f"{metric}: {answer.text}"


async def test_five_thousand_points_with_spikes_take_three_thousand_bytes(context: Context) -> None:
    answer = await context.ask("get_metric_history", runs=[context.ids["curves"]["spikes"]], metrics=["loss"])
    rows = _samples(answer, "loss")
    steps = [step for step, _ in rows]
    kept = dict(rows)
    assert answer.size() <= 3000, f"{answer.size()} bytes: {answer.text}"
    assert 40 <= len(rows) <= 50 and steps == sorted(steps), rows
    assert (kept[1234], kept[2500], kept[3210]) == (SPIKES[1234], SPIKES[2500], "NaN"), rows
    assert 0 in kept and kept[CURVE_STEPS - 1] == "Infinity", rows
    assert f"{len(rows)} of 5,000 points" in answer.text, answer.text
    assert all(f"|{step}|" in answer.text for step in steps), answer.text


async def test_a_curve_that_fits_comes_whole(context: Context) -> None:
    run = context.ids["curves"]["resumed"]
    answer = await context.ask("get_metric_history", runs=[run], metrics=["loss"], points=1000)
    theirs = sorted(_points(context, run, "loss"), key=lambda point: (point.step, point.timestamp))
    ours = _samples(answer, "loss")
    assert [step for step, _ in ours] == [point.step for point in theirs], ours
    assert all(math.isclose(value, point.value, rel_tol=1e-5) for (_, value), point in zip(ours, theirs, strict=True))


async def test_more_than_a_page_is_read_to_its_end(context: Context) -> None:
    with proxy(context.uri) as through:
        run = context.ids["curves"]["long"]
        answer = await context.ask("get_metric_history", uri=through.uri, runs=[run], metrics=["loss"])
        requests = through.count("/metrics/get-history")
    row = _row(answer, "loss")
    assert (row["n"], row["last_step"], row["min_step"]) == (LONG_STEPS, LONG_STEPS - 1, LONG_STEPS - 1), row
    # 2.15.1 knows no pages and sends everything at once.
    assert requests == (math.ceil(LONG_STEPS / PAGE) if context.version.startswith("3") else 1), through.paths()


async def test_a_range_holds_on_each_axis(context: Context) -> None:
    run = context.ids["curves"]["spikes"]
    points = _points(context, run, "loss")
    start = context.reference.run(run).start
    plan = {
        "step": (100, 200, lambda point: point.step),
        "time": (points[100].timestamp / 1000, points[200].timestamp / 1000, lambda point: point.timestamp / 1000),
        "elapsed": (10.0, 20.0, lambda point: (point.timestamp - start) / 1000),
    }
    async with context.connect() as connection:
        for axis, (low, high, place) in plan.items():
            answer = await connection.ask(
                "get_metric_history", runs=[run], metrics=["loss"], x=axis, x_min=low, x_max=high, points=200
            )
            inside = [point for point in points if low <= place(point) <= high]
            rows = _samples(answer, "loss")
            assert len(rows) == len(inside) == _row_count(answer), f"{axis}: {answer.text}"
            assert _moment(rows[0][0], axis) == place(inside[0]), f"{axis}: {rows[0]}"


def _row_count(answer: Answer) -> int:
    return answer.rows("series")[0]["n"]


def _moment(shown: float | str, axis: str) -> float:
    return datetime.fromisoformat(shown).astimezone(UTC).timestamp() if axis == "time" else shown


async def test_a_range_without_points_says_which_there_is(context: Context) -> None:
    async with context.connect() as connection:
        run = context.ids["curves"]["spikes"]
        refusal = await connection.refused("get_metric_history", runs=[run], metrics=["loss"], x_min=90_000)
        assert "from 0 to 4999" in refusal, refusal
        refusal = await connection.refused("get_metric_history", runs=[run], metrics=["loss"], x_min=2, x_max=1)
        assert "x_min 2" in refusal and "x_max 1" in refusal, refusal


async def test_an_unknown_metric_is_answered_with_its_neighbours(context: Context) -> None:
    run = context.ids["curves"]["spikes"]
    async with context.connect() as connection:
        refusal = await connection.refused("get_metric_history", runs=[run], metrics=["val_acuracy"])
        assert "val_accuracy" in refusal, refusal
        answer = await connection.ask("get_metric_history", runs=[run], metrics=["loss", "val_acuracy"], points=0)
        assert "val_accuracy" in answer.text, answer.text


async def test_the_main_metrics_come_unasked_and_the_others_are_named(context: Context) -> None:
    answer = await context.ask("get_metric_history", runs=["last 3 in bench"])
    metrics = [row["metric"] for row in answer.rows("series")]
    assert metrics[:2] == ["val/loss", "val/loss"] and "accuracy" in metrics, metrics
    assert "extra_00" not in metrics and "extra_00" in answer.text, answer.text


async def test_too_many_series_are_refused_with_their_number(context: Context) -> None:
    async with context.connect() as connection:
        refusal = await connection.refused("get_metric_history", runs=["last 20 in bench"], metrics=["*"])
        assert "at most 40" in refusal and "get_metric_history" in refusal, refusal
        forty = await connection.ask("get_metric_history", runs=["last 20 in bench"], metrics=["accuracy", "val/loss"])
        assert len(forty.rows("series")) == 40 and len(forty.text) <= 20_000, len(forty.text)


async def test_runs_with_the_same_steps_stand_side_by_side(context: Context) -> None:
    runs = context.ids["bench"][:3]
    answer = await context.ask("get_metric_history", runs=runs, metrics=["accuracy"])
    [record] = answer.structured["samples"]
    assert record["points"]["columns"][0] == "step", record
    assert [run_id(column) for column in record["points"]["columns"][1:]] == runs, record
    assert [row[0] for row in record["points"]["rows"]] == [0, 10], record


async def test_the_onset_of_what_is_not_finite_is_told(context: Context) -> None:
    answer = await context.ask("get_metric_history", runs=["spikes"], metrics=["*loss"], points=0)
    loss, broken = _row(answer, "loss"), _row(answer, "broken_loss")
    assert loss["first_non_finite_step"] == 3210 and math.isnan(loss["first_non_finite"]), loss
    assert loss["nan"] == INFINITE_FROM - NAN_FROM + 1 and loss["infinity"] == CURVE_STEPS - INFINITE_FROM, loss
    assert broken["nan"] == broken["n"] == 20 and "min" not in broken, broken
