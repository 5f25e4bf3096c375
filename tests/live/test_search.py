"""search_runs: order, pages, scope, arguments."""

from datetime import UTC, datetime

from answers import same_number, text_names_every_run
from context import Context
from proxy import proxy
from sample import OTHER_INVOCATION, T0

TOP_FIVE_BYTES = 1_500


async def test_the_top_five_of_three_hundred_are_the_true_ones(context: Context) -> None:
    await _top_five(context, descending=True)


async def test_the_bottom_five_of_three_hundred_are_the_true_ones(context: Context) -> None:
    await _top_five(context, descending=False)


async def _top_five(context: Context, descending: bool) -> None:
    order = f"metrics.val_f1 {'desc' if descending else 'asc'}"
    expected = context.reference.ranked(context.reference.of("bench"), "val_f1", descending)[:5]
    with proxy(context.uri) as through:
        answer = await context.ask("search_runs", uri=through.uri, projects=["bench"], order_by=order, limit=5)
        searches = through.count("/runs/search")
    assert answer.ids() == [run.id for run in expected], answer.text
    for row, run in zip(answer.rows(), expected, strict=True):
        assert row["name"] == run.name and row["status"] == run.status, row
        assert same_number(row["metrics.val_f1"], run.metrics["val_f1"]), row
    text_names_every_run(answer)
    assert searches == 1, f"{searches} searches upstream: {through.paths()}"
    assert answer.size() <= TOP_FIVE_BYTES, f"{answer.size()} bytes:\n{answer.text}\n{answer.structured}"


async def test_cursors_give_each_of_three_hundred_runs_once_and_in_order(context: Context) -> None:
    expected = [run.id for run in context.reference.latest(context.reference.of("bench"))]
    assert len(expected) == 300
    async with context.connect() as connection:
        pages = await connection.all_pages("search_runs", projects=["bench"], limit=70)
    assert [run for page in pages for run in page.ids()] == expected
    assert [page.structured["returned"] for page in pages] == [70, 70, 70, 70, 20]
    assert all(page.next_cursor in page.text for page in pages[:-1]), "the text lacks the cursor"


async def test_cursors_of_an_order_by_metric_put_what_cannot_be_ranked_last(context: Context) -> None:
    runs = context.reference.of("bench")
    async with context.connect() as connection:
        found = await connection.all_ids(projects=["bench"], order_by="metrics.val_f1 desc")
    ranked = [run.id for run in context.reference.ranked(runs, "val_f1", descending=True)]
    assert found[: len(ranked)] == ranked
    assert sorted(found) == sorted(run.id for run in runs), "not each run exactly once"


async def test_an_invocation_is_found_in_all_experiments_with_one_call(context: Context) -> None:
    invocation = context.ids["invocation"]
    answer = await context.ask("search_runs", query=invocation["id"], limit=100)
    assert set(answer.ids()) == set(invocation["runs"]), answer.text
    assert answer.next_cursor is None
    other = await context.ask("search_runs", query=OTHER_INVOCATION)
    assert len(other.ids()) == 2 and not set(other.ids()) & set(invocation["runs"])


async def test_query_finds_a_part_of_a_name_whatever_its_case(context: Context) -> None:
    async with context.connect() as connection:
        for part in ("SWEEP CHILD", "100%", "r_s", "back\\", "模型", "'"):
            expected = context.reference.where(lambda run, part=part: part.lower() in run.name.lower())
            assert expected, part
            assert set(await connection.all_ids(query=part)) == expected, part


async def test_query_finds_the_beginning_of_an_id(context: Context) -> None:
    run = context.ids["runs"]["grandchild"]
    assert (await context.ask("search_runs", query=run[:12])).ids() == [run]


async def test_a_star_adds_sub_projects(context: Context) -> None:
    expected = context.reference.where(lambda run: run.experiment.startswith("vision/"))
    assert set((await context.ask("search_runs", projects=["vision/*"])).ids()) == expected


async def test_status_takes_our_words_and_mlflows(context: Context) -> None:
    async with context.connect() as connection:
        for words, ours in ((["failed"], {"failed"}), (["KILLED", "scheduled"], {"stopped", "queued"})):
            expected = context.reference.where(lambda run, ours=ours: run.status in ours)
            assert set(await connection.all_ids(status=words)) == expected, words


async def test_since_and_until_mean_active_in_between(context: Context) -> None:
    since, until = T0 + 3 * 3_600_000, T0 + 5 * 3_600_000
    expected = context.reference.where(
        # A run that never ended counts only while it runs; a queued one has not begun, and is not asked for.
        lambda run: (
            run.experiment == "bench"
            and run.status != "queued"
            and run.start < until
            and (run.end >= since if run.end else run.status == "running")
        )
    )
    states = ["running", "finished", "failed", "stopped"]
    arguments = {"projects": ["bench"], "status": states, "since": _day(since), "until": _day(until)}
    async with context.connect() as connection:
        assert set(await connection.all_ids(**arguments)) == expected
        lately = await connection.all_ids(projects=["bench"], status=states, since="1h")
    assert set(lately) == context.reference.where(lambda run: run.experiment == "bench" and run.status == "running")


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_tags_take_words_and_pairs(context: Context) -> None:
    async with context.connect() as connection:
        golden = context.reference.where(lambda run: "golden" in run.tags)
        assert set(await connection.all_ids(tags=["golden"])) == golden
        pairs = context.reference.where(
            lambda run: run.tags.get("golden") == "yes" and run.tags.get("model") == "mistral-7b"
        )
        assert pairs and set(await connection.all_ids(tags=["golden=yes", "model=mistral-7b"])) == pairs


async def test_deleted_runs_come_only_when_asked_for(context: Context) -> None:
    async with context.connect() as connection:
        arguments = {"projects": ["bench"], "query": "bench-deleted"}
        assert await connection.all_ids(**arguments) == []
        assert set(await connection.all_ids(**arguments, include_archived=True)) == set(context.ids["deleted"])


async def test_columns_are_those_asked_for(context: Context) -> None:
    columns = ["metrics.val/loss", "params.lr", "tags.harness", "user"]
    answer = await context.ask("search_runs", projects=["bench"], columns=columns, limit=3)
    for row in answer.rows():
        run = context.reference.run(answer.ids()[answer.rows().index(row)])
        assert same_number(row["metrics.val/loss"], run.metrics["val/loss"]), row
        assert (row["params.lr"], row["tags.harness"], row["user"]) == (
            run.params["lr"],
            run.tags["harness"],
            run.user,
        ), row
    star = await context.ask("search_runs", projects=["lineage"], columns=["params.*"], query="sweep child 1")
    assert star.rows()[0]["params.lr"] == "0.01", star.structured
