"""get_runs: the ways to name a run, and what comes back."""

import math

from answers import metrics, number, run_id
from context import Context
from proxy import proxy
from sample import ARTIFACTS, COMMIT


async def test_a_run_comes_with_exactly_what_mlflow_has(context: Context) -> None:
    fact = context.reference.run(context.ids["bench"][12])
    answer = await context.ask("get_runs", runs=[fact.id])
    run = answer.run()
    assert run_id(run["run"]) == fact.id and run["name"] == fact.name and run["status"] == fact.status, run
    assert run["params"] == fact.params, run["params"]
    assert metrics(run).keys() == fact.metrics.keys(), run["metrics"]
    # In the shortest exact form, so nothing is lost.
    assert all(number(metrics(run)[key]) == value for key, value in fact.metrics.items()), run["metrics"]
    assert run["tags"]["harness"] == fact.tags["harness"], run["tags"]
    for shown in (fact.id, fact.name, "bench", *fact.params.values(), repr(fact.metrics["val_f1"])):
        assert shown in answer.text, f"{shown} is not in {answer.text}"


async def test_every_way_to_name_a_run_leads_to_it(context: Context) -> None:
    run = context.ids["runs"]["child_1"]
    experiment = context.ids["experiments"]["lineage"]
    model = context.ids["models"]["name"]
    prefix = _unique_prefix(run, [other.id for other in context.reference.all])
    references = [run, f"mlflow:{run}", prefix, "sweep child 1", f"{context.uri}/#/experiments/{experiment}/runs/{run}"]
    references += [f"runs:/{run}", f"models:/{model}@champion", f"models:/{model}/2"]
    async with context.connect() as connection:
        for reference in references:
            answer = await connection.ask("get_runs", runs=[reference])
            assert answer.ids() == [run], f"{reference}: {answer.text}"


def _unique_prefix(run: str, others: list[str]) -> str:
    return next(run[:length] for length in range(6, 33) if sum(other.startswith(run[:length]) for other in others) == 1)


async def test_selectors_lead_to_the_runs_that_they_describe(context: Context) -> None:
    reference = context.reference
    bench = reference.of("bench")
    failed = [run for run in reference.latest() if run.status == "failed"]
    best = reference.ranked(bench, "val_f1", descending=True)[0]
    golden = [run for run in reference.latest() if "golden" in run.tags]
    expected = {
        "last": reference.latest()[:1],
        "last 3": reference.latest()[:3],
        "last 2 in bench": reference.latest(bench)[:2],
        "last failed": failed[:1],
        "last failed in bench": [run for run in failed if run.experiment == "bench"][:1],
        "best val_f1 in bench": [best],
        "where tags.golden is not null": golden,
        f"where name = '{best.name}'": [best],
    }
    async with context.connect() as connection:
        for selector, runs in expected.items():
            answer = await connection.ask("get_runs", runs=[selector], include=["metrics"])
            assert answer.ids() == [run.id for run in runs], f"{selector}: {answer.text}"


async def test_an_invocation_stands_for_all_its_runs(context: Context) -> None:
    invocation = context.ids["invocation"]
    answer = await context.ask("get_runs", runs=[invocation["id"]])
    assert set(answer.ids()) == set(invocation["runs"]), answer.text


async def test_several_runs_cost_one_search_and_the_missing_are_named(context: Context) -> None:
    wanted = [context.ids["bench"][3], context.ids["runs"]["parent"], context.ids["bench"][250]]
    unknown = "0123456789abcdef0123456789abcdef"
    with proxy(context.uri) as through:
        answer = await context.ask("get_runs", uri=through.uri, runs=[*wanted, unknown])
        searches = through.count("/runs/search")
    assert answer.ids() == wanted, answer.text
    assert [entry.split(":")[-1] for entry in answer.structured["missing"]] == [unknown], answer.structured["missing"]
    assert unknown in answer.text, answer.text
    assert searches == 1, through.paths()


async def test_deleted_runs_are_given_by_their_id(context: Context) -> None:
    wanted = [*context.ids["deleted"], context.ids["runs"]["in_deleted_experiment"]]
    assert (await context.ask("get_runs", runs=wanted)).ids() == wanted


async def test_metrics_that_are_not_finite_are_words(context: Context) -> None:
    kinds = {
        "NaN": math.isnan,
        "Infinity": lambda value: value == math.inf,
        "-Infinity": lambda value: value == -math.inf,
    }
    async with context.connect() as connection:
        for word, holds in kinds.items():
            fact = next(run for run in context.reference.of("bench") if holds(run.metrics.get("val_f1", 0)))
            answer = await connection.ask("get_runs", runs=[fact.id])
            assert metrics(answer.run())["val_f1"] == word, answer.run()["metrics"]
            assert word in answer.text and "1.797" not in answer.everything(), answer.text


async def test_keys_narrow_params_and_metrics(context: Context) -> None:
    answer = await context.ask("get_runs", runs=[context.ids["bench"][0]], keys=["val*", "lr"])
    run = answer.run()
    assert metrics(run).keys() == {"val_f1", "val/loss"} and run["params"].keys() == {"lr"}, run


async def test_what_else_a_run_has_comes_when_asked_for(context: Context) -> None:
    parent = context.ids["runs"]["parent"]
    include = ["artifacts", "datasets", "models", "code", "children"]
    answer = await context.ask("get_runs", runs=[parent], include=include)
    shown = answer.everything()
    top = {path.split("/")[0] for path in ARTIFACTS}
    children = [context.ids["runs"][f"child_{number}"] for number in range(3)]
    for fact in (COMMIT, "mmlu", "abcd1234", *top, *children):
        assert fact in shown, f"{fact} is not in {shown}"
        assert fact in answer.text, f"{fact} is not in {answer.text}"
    assert context.ids["runs"]["grandchild"] not in shown, "a grandchild is not a child"


async def test_a_last_value_is_that_of_the_last_step(context: Context) -> None:
    fact = context.reference.run(context.ids["bench"][0])
    run = (await context.ask("get_runs", runs=[fact.id])).run()
    assert number(metrics(run)["accuracy"]) == fact.metrics["accuracy"] != 0.99, run["metrics"]
