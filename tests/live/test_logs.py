"""read_log, diagnose_run."""

from context import Context
from sample import log_of
from sample_logs import KEY, NAN_FROM, WORSE_FROM, trainings


def _lines(name: str) -> list[str]:
    """What a training wrote, as it is to be shown: of the progress bar its last state, no colours, no secret."""
    text = "\n".join(text for _, text in trainings()[name].messages)
    shown = [line.rsplit("\r", 1)[-1] for line in text.split("\n")]
    return [line.replace("\x1b[33m", "").replace("\x1b[0m", "").replace(KEY, "***") for line in shown]


async def test_the_end_of_a_log_is_shown_with_its_bar_collapsed_and_its_secret_masked(context: Context) -> None:
    answer = await context.ask("read_log", run=context.ids["logs"]["crashed"], lines=20)
    assert answer.structured["log"] == "logs/train.log", answer.structured
    shown = answer.structured["text"]["text"].split("\n")
    expected = _lines("crashed")[-20:]
    assert [line for line in shown if "key" not in line] == [line for line in expected if "key" not in line]
    assert KEY not in answer.everything() and "100/100" in answer.text and "  0%" not in answer.text, answer.text
    assert "10 earlier states of progress bars are left out" in answer.text, answer.text
    assert answer.size() <= 8_000, answer.size()


async def test_a_log_of_megabytes_is_read_by_its_end(context: Context) -> None:
    log = log_of(1 if context.ids["small"] else 5).decode().splitlines()
    async with context.connect() as connection:
        run = context.ids["runs"]["files"]
        answer = await connection.ask("read_log", run=run, lines=50)
        assert answer.structured["text"]["text"].split("\n") == log[-50:]
        found = await connection.ask("read_log", run=run, grep="ERROR|WARNING", lines=3)
        fitting = [line for line in log if "ERROR" in line or "WARNING" in line]
        assert found.structured["matches"] == len(fitting), found.structured
        assert f"{len(log) - 1}: {log[-2]}" in found.text, found.text


async def test_pages_lead_from_the_end_to_the_beginning(context: Context) -> None:
    run = context.ids["logs"]["healthy"]
    async with context.connect() as connection:
        shown: list[str] = []
        more: dict[str, str] = {}
        while True:
            answer = await connection.ask("read_log", run=run, lines=15, **more)
            shown = answer.structured["text"]["text"].split("\n") + shown
            if "earlier_cursor" not in answer.structured:
                break
            more = {"cursor": answer.structured["earlier_cursor"]}
    assert shown == _lines("healthy"), shown


async def test_polling_a_running_run_gives_only_what_is_new(context: Context) -> None:
    client = context.reference.client
    project = context.ids["experiments"]["logs"]
    run = client.create_run(project, run_name="polled").info.run_id
    client.log_text(run, "one\ntwo\n", "logs/train.log")
    try:
        async with context.connect() as connection:
            first = await connection.ask("read_log", run=run)
            assert first.structured["text"]["text"] == "one\ntwo", first.text
            cursor = first.structured["next_cursor"]
            none = await connection.ask("read_log", run=run, cursor=cursor)
            assert none.structured["new_lines"] == 0, none.text
            client.log_text(run, "one\ntwo\nthree\nfour\n", "logs/train.log")
            new = await connection.ask("read_log", run=run, cursor=none.structured["next_cursor"])
            assert new.structured["text"]["text"] == "three\nfour", new.text
    finally:
        client.delete_run(run)


async def test_a_pattern_shows_several_logs_and_none_is_explained(context: Context) -> None:
    async with context.connect() as connection:
        several = await connection.ask("read_log", run=context.ids["runs"]["harness_0"], file="server-*")
        assert [log["text"]["text"] for log in several.structured["logs"]] == ["loading: 100%\nready"] * 2, several.text
        nothing = await connection.ask("read_log", run=context.ids["logs"]["silent"])
        assert "no log file" in nothing.text and "it logged no files at all" in nothing.text, nothing.text


async def test_a_crash_is_told_with_its_line_and_the_users_code(context: Context) -> None:
    answer = await context.ask("diagnose_run", run=context.ids["logs"]["crashed"])
    cause = answer.structured["cause"]
    assert (cause["kind"], cause["sure"]) == ("out of memory", "the line says so"), cause
    assert cause["line"].startswith("torch.OutOfMemoryError: CUDA out of memory"), cause
    assert cause["code"] == "/home/ada/model.py:33 in forward", cause
    assert answer.text.startswith("verdict: failed; out of memory"), answer.text
    assert KEY not in answer.everything() and answer.size() <= 8_000, answer.size()


async def test_the_curves_of_a_run_are_diagnosed(context: Context) -> None:
    async with context.connect() as connection:
        nan = await connection.ask("diagnose_run", run=context.ids["logs"]["nan loss"])
        found = {finding["finding"]: finding for finding in nan.structured["findings"]}
        assert found["NaN or infinite"]["step"] == NAN_FROM, nan.text
        assert nan.structured["cause"]["kind"] == "NaN", nan.text
        over = await connection.ask("diagnose_run", run=context.ids["logs"]["overfitting"])
        found = {finding["finding"]: finding for finding in over.structured["findings"]}
        assert abs(found["overfitting"]["step"] - WORSE_FROM) <= 20, over.text
        healthy = await connection.ask("diagnose_run", run=context.ids["logs"]["healthy"])
        bad = {"NaN or infinite", "divergence", "overfitting", "stalled"}
        assert not bad & {finding["finding"] for finding in healthy.structured.get("findings", [])}, healthy.text


async def test_a_failure_without_a_word_is_called_so(context: Context) -> None:
    answer = await context.ask("diagnose_run", run=context.ids["logs"]["silent"])
    assert "no reason was recorded, and there is no log" in answer.structured["verdict"], answer.text
    named = await context.ask("diagnose_run", run=context.ids["runs"]["rerun_0"])
    assert named.structured["cause"]["told_by"] == "the reason that was recorded", named.text
