"""list_trackers, list_projects, get_project."""

from collections import Counter
from datetime import UTC, datetime

from answers import Answer, cells, counts
from context import Context
from sample import UNICODE_EXPERIMENT


async def test_list_trackers_tells_kind_address_and_version(context: Context) -> None:
    answer = await context.ask("list_trackers")
    shown = " ".join(cells(answer, "trackers"))
    for fact in ("mlflow", context.uri, context.version):
        assert fact in shown, f"{fact} is not in {shown}"
        assert fact in answer.text, f"{fact} is not in {answer.text}"


async def test_list_projects_equals_mlflows_own_list(context: Context) -> None:
    answer = await context.ask("list_projects", limit=100)
    expected = {run.name for run in context.reference.experiments if run.lifecycle_stage == "active"}
    assert _names(answer) == expected, _names(answer) ^ expected
    for name in expected - {UNICODE_EXPERIMENT}:
        assert name in answer.text, f"{name} is not in the text"


async def test_deleted_projects_come_only_when_asked_for(context: Context) -> None:
    answer = await context.ask("list_projects", limit=100, include_archived=True)
    assert _names(answer) == {experiment.name for experiment in context.reference.experiments}, _names(answer)


async def test_projects_are_found_by_a_part_of_the_name_whatever_its_case(context: Context) -> None:
    assert _names(await context.ask("list_projects", query="VISION/")) == {"vision/resnet", "vision/vit"}
    assert _names(await context.ask("list_projects", query="模型")) == {UNICODE_EXPERIMENT}


async def test_pages_of_projects_give_each_once(context: Context) -> None:
    async with context.connect() as connection:
        pages = await connection.all_pages("list_projects", limit=3)
    names = [row["name"] for page in pages for row in page.rows("projects")]
    assert len(names) == len(set(names)), names
    assert set(names) == {run.name for run in context.reference.experiments if run.lifecycle_stage == "active"}


def _names(answer: Answer) -> set[str]:
    return {row["name"] for row in answer.rows("projects")}


async def test_get_project_counts_as_mlflow_does(context: Context) -> None:
    runs = context.reference.of("bench")
    answer = await context.ask("get_project", project="bench")
    seen = answer.structured
    assert counts(seen["by_status"]) == Counter(run.status for run in runs), seen["by_status"]
    assert counts(seen["by_user"]) == Counter(run.user for run in runs), seen["by_user"]
    days = Counter(datetime.fromtimestamp(run.start / 1000, UTC).date().isoformat() for run in runs)
    assert counts(seen["by_day"]) == days, seen["by_day"]
    metrics = Counter(metric for run in runs for metric in run.metrics)
    assert counts(seen["metrics"]) == metrics, seen["metrics"]
    params = Counter(param for run in runs for param in run.params)
    assert counts(seen["params"]) == params, seen["params"]
    for fact in (*metrics, str(metrics["val_f1"]), str(len(runs))):
        assert fact in answer.text, f"{fact} is not in {answer.text}"


async def test_a_project_is_known_by_name_id_and_address(context: Context) -> None:
    number = context.ids["experiments"]["vision/vit"]
    async with context.connect() as connection:
        for reference in ("vision/vit", number, f"mlflow:{number}", f"{context.uri}/#/experiments/{number}"):
            answer = await connection.ask("get_project", project=reference)
            assert "vision/vit" in answer.text, f"{reference}: {answer.text}"


async def test_counters_since_a_day_count_only_what_started_then(context: Context) -> None:
    since = "2026-06-02"
    bound = datetime.fromisoformat(since).replace(tzinfo=UTC).timestamp() * 1000
    runs = [run for run in context.reference.of("bench") if run.start >= bound]
    assert 0 < len(runs) < len(context.reference.of("bench"))
    answer = await context.ask("get_project", project="bench", since=since)
    assert counts(answer.structured["by_status"]) == Counter(run.status for run in runs)
