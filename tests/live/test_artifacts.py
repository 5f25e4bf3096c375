"""list_artifacts, read_artifact."""

import base64
import json

from answers import Answer, number
from context import Context
from sample import harness_files, log_of, png_of


def _paths(answer: Answer) -> list[str]:
    return [row["path"] for row in answer.rows("artifacts")]


def _values(answer: Answer) -> dict[str, object]:
    return {row["key"]: row["value"] for row in answer.rows("values")}


async def test_the_tree_of_a_harness_is_shown_whole(context: Context) -> None:
    answer = await context.ask("list_artifacts", run=context.ids["runs"]["harness_0"])
    expected = {path: len(content) for path, content in harness_files(0.001).items()}
    assert {row["path"]: row["bytes"] for row in answer.rows("artifacts")} == expected, answer.structured
    assert _paths(answer) == sorted(expected) and answer.structured["bytes"] == sum(expected.values())
    assert all(path in answer.text for path in expected), answer.text


async def test_a_folder_the_end_of_one_and_a_pattern_narrow(context: Context) -> None:
    run = context.ids["runs"]["harness_0"]
    async with context.connect() as connection:
        logs = [path for path in sorted(harness_files(0.001)) if "/logs/" in path]
        for path in ("logs", "logs/**"):
            assert _paths(await connection.ask("list_artifacts", run=run, path=path)) == logs, path
        answer = await connection.ask("list_artifacts", run=run, path="lm-eval.mmlu/logs/")
        assert _paths(answer) == [path for path in logs if path.startswith("lm-eval.mmlu")]
        assert "near: " in await connection.refused("list_artifacts", run=run, path="lm-eval.mmlu/log")


async def test_a_large_tree_is_shown_by_folder_and_250_files_once_each(context: Context) -> None:
    run = context.ids["runs"]["files"]
    async with context.connect() as connection:
        rows = {row["path"]: row for row in (await connection.ask("list_artifacts", run=run)).rows("artifacts")}
        assert rows["many/"]["files"] == 250 and rows["big.log"]["type"] == "log", rows
        pages = await connection.all_pages("list_artifacts", run=run, path="many")
    assert all(page.size() <= 20_100 for page in pages)
    paths = [path for page in pages for path in _paths(page)]
    assert paths == [f"many/step-{number:04d}.txt" for number in range(250)]


async def test_a_run_without_files_and_a_file_are_explained(context: Context) -> None:
    async with context.connect() as connection:
        answer = await connection.ask("list_artifacts", run=context.ids["runs"]["child_0"])
        assert "logged no artifacts" in answer.text, answer.text
        answer = await connection.ask("list_artifacts", run=context.ids["runs"]["files"], path="big.log")
        assert "is a file" in answer.text and "read_artifact" in answer.text, answer.text


async def test_the_end_of_a_large_log_is_small(context: Context) -> None:
    log = log_of(1 if context.ids["small"] else 5)
    answer = await context.ask("read_artifact", runs=[context.ids["runs"]["files"]], path="big.log", part="tail")
    assert answer.structured["text"]["text"] == "\n".join(log.decode().splitlines()[-100:])
    assert answer.size() <= 8_000, answer.size()
    assert answer.structured["byte_range"].endswith(f"-{len(log)} of {len(log)}"), answer.structured["byte_range"]


async def test_pages_lead_through_a_file_in_both_directions(context: Context) -> None:
    lines = log_of(1 if context.ids["small"] else 5).decode().splitlines()
    run = context.ids["runs"]["files"]
    async with context.connect() as connection:
        for part in ("head", "tail"):
            shown, cursor = [], None
            for _ in range(3):
                more = {"cursor": cursor} if cursor else {}
                answer = await connection.ask("read_artifact", runs=[run], path="big.log", part=part, lines=50, **more)
                page, cursor = answer.structured["text"]["text"].split("\n"), answer.next_cursor
                shown = shown + page if part == "head" else page + shown
            assert shown == (lines[:150] if part == "head" else lines[-150:]), part


async def test_grep_looks_through_the_whole_log(context: Context) -> None:
    lines = log_of(1 if context.ids["small"] else 5).decode().splitlines()
    arguments = {"runs": [context.ids["runs"]["files"]], "path": "big.log", "grep": "WARNING|ERROR"}
    answer = await context.ask("read_artifact", **arguments)
    expected = [f"{at}: {line}" for at, line in enumerate(lines, 1) if "WARNING" in line or "ERROR" in line]
    shown = answer.structured["matches_text"]["text"].split("\n")
    assert [line for line in shown if ": 2026" in line] == expected, shown
    assert answer.structured["matches"] == len(expected)


async def test_a_key_of_several_runs_is_a_table(context: Context) -> None:
    runs = [context.ids["runs"]["harness_0"], context.ids["runs"]["harness_1"]]
    answer = await context.ask("read_artifact", runs=runs, path="config.yml", key="optim.lr")
    assert [number(row["optim.lr"]) for row in answer.rows("values")] == [0.001, 0.01], answer.structured
    invocation = context.ids["invocation"]
    answer = await context.ask(
        "read_artifact", runs=[invocation["id"]], path="eval_factory_metrics.json", key="latency.p95"
    )
    read = {row["run"].split(":")[1]: row["latency.p95"] for row in answer.rows("values")}
    client = context.reference.client
    names = {run: int(client.get_run(run).info.run_name.removeprefix("eval-")) for run in invocation["runs"]}
    assert read == {run: 20.5 + name for run, name in names.items()}, read


async def test_keys_of_json_and_yaml_lead_to_values(context: Context) -> None:
    run = context.ids["runs"]["harness_0"]
    async with context.connect() as connection:
        arguments = {"runs": [run], "path": "lm-eval.mmlu/artifacts/results.json"}
        answer = await connection.ask("read_artifact", **arguments, key="results.*.acc,none")
        assert _values(answer) == {"results.mmlu.acc,none": 0.501}, answer.structured
        assert _values(await connection.ask("read_artifact", **arguments, key="bad")) == {"bad": "NaN"}
        said = await connection.refused("read_artifact", **arguments, key="results.mmul")
        assert "'mmlu'" in said, said
        answer = await connection.ask("read_artifact", runs=[run], path="config.yml", key="optim")
        assert _values(answer)["optim.copy"] == "[0.9,0.95]", answer.structured


async def test_rows_of_tables(context: Context) -> None:
    run = context.ids["runs"]["files"]
    async with context.connect() as connection:
        answer = await connection.ask("read_artifact", runs=[run], path="history.csv", lines=2)
        assert answer.rows("rows")[1] == {"epoch": 1, "loss": "0.5000", "note": 'a, "quoted" note'}, answer.structured
        arguments = {"runs": [run], "path": "history.csv", "key": "epoch", "part": "tail", "lines": 2}
        assert [row["epoch"] for row in (await connection.ask("read_artifact", **arguments)).rows("rows")] == [298, 299]
        assert "'loss'" in await connection.refused("read_artifact", runs=[run], path="history.csv", key="los")
        answer = await connection.ask("read_artifact", runs=[run], path="predictions.jsonl", key="id,score.f1", lines=2)
        assert answer.rows("rows") == [{"id": 0, "score.f1": 0}, {"id": 1, "score.f1": 0.1}], answer.structured


async def test_a_picture_is_image_content(context: Context) -> None:
    async with context.connect() as connection:
        arguments = {"runs": [context.ids["runs"]["files"]], "path": "loss.png"}
        result = await connection.client.call_tool("read_artifact", arguments)
    [image] = [block for block in result.content if block.type == "image"]
    assert image.mime_type == "image/png" and base64.b64decode(image.data) == png_of(640, 480)
    assert image.data[:40] not in json.dumps(result.structured_content), "base64 in the structured form"
    told = result.structured_content["image"]
    assert (told["width"], told["height"], told["type"]) == (640, 480, "image/png"), told


async def test_what_is_odd_is_read_or_described(context: Context) -> None:
    run = context.ids["runs"]["files"]
    expected = {
        "latin-1.txt": ["größe: 5 µm", "Latin-1"],
        "empty.txt": ["the file is empty"],
        "model.bin": ["the file is binary"],
        "part-0.parquet": ["Parquet", context.uri],
        "table.csv": ["is never closed"],
    }
    async with context.connect() as connection:
        for path, facts in expected.items():
            answer = await connection.ask("read_artifact", runs=[run], path=path)
            assert all(fact in answer.text for fact in facts), f"{path}: {answer.text}"
        for path in ("broken/config.json", "broken/config.yml"):
            answer = await connection.ask("read_artifact", runs=[run], path=path, key="a")
            assert _values(answer) == {"a": 1} and "is broken" in answer.text, answer.text


async def test_colours_and_progress_bars_are_collapsed(context: Context) -> None:
    run = context.ids["runs"]["harness_0"]
    answer = await context.ask("read_artifact", runs=[run], path="lm-eval.mmlu/logs/server-0.log")
    assert answer.structured["text"]["text"] == "loading: 100%\nready", answer.structured


async def test_wrong_paths_lead_on_and_none_leads_out(context: Context) -> None:
    run = context.ids["runs"]["harness_0"]
    async with context.connect() as connection:
        said = await connection.refused("read_artifact", runs=[run], path="results.json")
        assert "may mean 2 files" in said and "lm-eval.gsm8k/artifacts/results.json" in said, said
        assert "is a folder" in await connection.refused("read_artifact", runs=[run], path="lm-eval.mmlu/logs")
        assert "near: " in await connection.refused("read_artifact", runs=[run], path="confg.yml")
        for path in ("../mlflow.db", "/etc/passwd", "a/../../b", "a\\b", "file:///etc/passwd"):
            said = await connection.refused("read_artifact", runs=[run], path=path)
            assert "relative to the run" in said and "root:" not in said, said
