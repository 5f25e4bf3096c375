"""Wrong input is refused with the value that was wrong and what would be right."""

from context import Context


async def test_an_unknown_run_is_an_error_with_its_neighbours(context: Context) -> None:
    async with context.connect() as connection:
        said = await connection.refused("get_runs", runs=["sweep parnet"])
        assert "sweep parnet" in said and "sweep parent" in said, said


async def test_an_unknown_project_is_an_error_with_its_neighbours(context: Context) -> None:
    async with context.connect() as connection:
        for tool, arguments in (
            ("get_project", {"project": "vision/resnt"}),
            ("search_runs", {"projects": ["vision/resnt"]}),
        ):
            said = await connection.refused(tool, **arguments)
            assert "vision/resnt" in said and "vision/resnet" in said, said


async def test_an_unknown_metric_is_an_error_with_its_neighbours(context: Context) -> None:
    async with context.connect() as connection:
        for arguments in ({"order_by": "metrics.val_fl desc"}, {"filter": "metrics.val_fl > 0.5"}):
            said = await connection.refused("search_runs", projects=["bench"], **arguments)
            assert "val_fl" in said and "val_f1" in said, said


async def test_an_unknown_argument_is_an_error_with_its_neighbours(context: Context) -> None:
    async with context.connect() as connection:
        said = await connection.refused("search_runs", ordered_by="metrics.val_f1 desc")
        assert "ordered_by" in said and "order_by" in said, said


async def test_a_mistake_in_a_filter_is_shown_where_it_is(context: Context) -> None:
    async with context.connect() as connection:
        mistakes = {
            "metrics.val_f1 >> 0.5": ">",
            "params.lr = '0.1": "'",
            "name like": "like",
            "status = 'brilliant'": "brilliant",
            "metrics.val_f1 > 'high'": "val_f1",
            "colour = 'red'": "colour",
        }
        for text, named in mistakes.items():
            said = await connection.refused("search_runs", filter=text)
            assert named in said and len(said) < 1_000, f"{text}: {said}"


async def test_a_cursor_of_another_question_is_refused(context: Context) -> None:
    async with context.connect() as connection:
        cursor = (await connection.ask("search_runs", projects=["bench"], limit=5)).next_cursor
        assert cursor and len(cursor) <= 400, cursor
        for arguments in (
            {"projects": ["evals-a"], "cursor": cursor},
            {"projects": ["bench"], "cursor": cursor[:-2] + "AA"},
        ):
            said = await connection.refused("search_runs", limit=5, **arguments)
            assert "cursor" in said, said


async def test_lists_and_numbers_may_come_as_text(context: Context) -> None:
    async with context.connect() as connection:
        plain = await connection.ask("search_runs", projects=["bench"], limit=3)
        for arguments in (
            {"projects": "bench", "limit": "3"},
            {"projects": '["bench"]', "limit": 3, "cursor": None},
            {"experiment_name": "bench", "max_results": 3},
        ):
            assert (await connection.ask("search_runs", **arguments)).ids() == plain.ids(), arguments
