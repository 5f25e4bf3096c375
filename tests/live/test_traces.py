"""Traces of GenAI applications: the toolset `traces`, against what MLflow's own client says of the same traces."""

import asyncio
import functools

from context import Connection, Context
from parity_traces import COMPARED, same_traces
from sample_traces import KEY, MANY, PROJECT, populate_odd_traces, populate_traces

ANSWER_CHARACTERS = 20_000


async def test_traces_are_found_and_told_as_they_are(context: Context) -> None:
    config = context.home / "traces.ini"
    config.write_text(f"[server]\ntoolsets = default, traces\n[tracker mlflow]\nkind = mlflow\nurl = {context.uri}\n")
    async with context.connect(uri=None, TRACKER_MCP_CONFIG=str(config)) as connection:
        if not context.version.startswith("3."):
            told = await connection.refused("search_traces")
            assert f"MLflow {context.version}" in told and "3.0" in told, told
            return
        ids = await asyncio.to_thread(populate_traces, context.uri)
        await _found(connection, ids)
        await _told(connection, ids)
        await _large(connection, ids["large"])
        await _parallel(connection, ids)
    assert not any(KEY in seen for seen in context.seen), "a secret was shown"


async def test_the_store_without_a_server_tells_the_same(context: Context) -> None:
    trackers = {"mlflow": ("mlflow", context.uri), "local": ("local", context.store)}
    configs = {name: context.home / f"traces-{name}.ini" for name in trackers}
    for name, (kind, url) in trackers.items():
        text = f"[server]\ntoolsets = default, traces\n[tracker {name}]\nkind = {kind}\nurl = {url}\n"
        configs[name].write_text(text)
    connect = functools.partial(context.connect, uri=None)
    if not context.version.startswith("3."):
        async with connect(TRACKER_MCP_CONFIG=str(configs["local"])) as connection:
            told = await connection.refused("search_traces")
            assert f"MLflow {context.version}" in told and "3.2" in told, told
        return
    ids = await asyncio.to_thread(_populate, context.uri)
    async with (
        connect(TRACKER_MCP_CONFIG=str(configs["mlflow"])) as server,
        connect(TRACKER_MCP_CONFIG=str(configs["local"])) as store,
    ):
        print(f"        {await same_traces(server, store, ids)} questions")


def _populate(uri: str) -> dict[str, str]:
    odd = populate_odd_traces(uri)
    return populate_traces(uri, COMPARED, many=4_000) | {"judged": odd["judged"]}


async def test_the_tools_are_off_by_default(context: Context) -> None:
    async with context.connect() as connection:
        names = [tool.name for tool in (await connection.client.list_tools()).tools]
        assert "search_traces" not in names and "search_runs" in names
        assert "toolsets = default, traces" in (await connection.ask("get_guide", topic="traces")).text


async def _found(connection: Connection, ids: dict[str, str]) -> None:
    async def found(**arguments: object) -> set[str]:
        answer = await connection.ask("search_traces", projects=[PROJECT], **arguments)
        table = answer.structured.get("traces", {"rows": []})
        return {row[0].removeprefix("mlflow:") for row in table["rows"]}

    named = {name: one for name, one in ids.items() if name != "run"}
    assert await found() == set(named.values())
    small = {one for name, one in named.items() if name != "large"}
    for filter_, expected in {
        "status = 'failed'": {ids["failed"]},
        "trace.status = 'ERROR'": {ids["failed"]},
        "tags.env = 'ci'": small,
        "tags.env is null": {ids["large"]},
        "metadata.release = 'v 1' and user = 'ben'": {ids["asked again"]},
        "session = 's-1'": {ids["answered"], ids["asked again"]},
        "not session = 's-1'": {ids["failed"]},
        "name = 'batch' or status = 'failed'": {ids["large"], ids["failed"]},
        "span.name = 'lookup' and span.status = 'failed'": {ids["failed"]},
        "span.type = 'EMBEDDING'": {ids["large"]},
        "span.attributes.k = 3": small,
        "span.attributes.k = 4": set(),
        "span.attributes.mlflow.llm.model = 'gpt-4o-mini'": small,
        "text ilike '%NO ENTRY%'": {ids["failed"]},
        "feedback.correct = true": {ids["answered"]},
        "feedback.correct = 'false'": {ids["asked again"]},
        "feedback.relevance > 0.5": {ids["answered"]},
        "feedback.correct is null": {ids["failed"], ids["large"]},
        "expectation.expected is not null": {ids["answered"]},
        "tokens >= 150": small,
        "started > '1h'": set(named.values()),
        f"id like '{ids['large'][:12]}%'": {ids["large"]},
    }.items():
        assert await found(filter=filter_) == expected, filter_
    assert await found(run=ids["run"]) == {ids["answered"]}
    assert await found(since="1h") == set(named.values())
    assert await found(until="1h") == set()
    pages = await connection.all_pages("search_traces", projects=[PROJECT], limit=1, order_by="duration desc")
    rows = [row for page in pages for row in page.structured.get("traces", {"rows": []})["rows"]]
    assert len(rows) == len(named) and rows[0][0].endswith(ids["large"])
    pages = await connection.all_pages("search_traces", projects=[PROJECT], limit=3, order_by="tokens desc")
    rows = [row for page in pages for row in page.structured["traces"]["rows"]]
    assert len(rows) == len(named) and rows[-1][0].endswith(ids["large"])


async def _told(connection: Connection, ids: dict[str, str]) -> None:
    failed = await connection.ask("get_trace", trace=f"last failed in {PROJECT}")
    assert failed.structured["trace"].endswith(ids["failed"])
    assert failed.structured["errors"]["rows"][0][1:] == [
        "rag chain > lookup",
        "ValueError",
        "no entry for 'fail please'",
    ], failed.text
    assert failed.structured["tokens"] == "150 (120 in, 30 out)", failed.text
    assert failed.text.index("\nerrors:") < failed.text.index("\nspans:")
    answered = await connection.ask("get_trace", trace=ids["answered"][:14])
    verdicts = {row[0]: row[2] for row in answered.structured["assessments"]["rows"]}
    assert verdicts == {"correct": "true", "relevance": "0.8", "expected": '{"answer": 2}'}, verdicts
    by_url = await connection.ask("get_trace", trace=answered.structured["url"])
    assert by_url.structured["trace"] == answered.structured["trace"]
    span = await connection.ask("get_trace", trace=ids["answered"], span="generate")
    assert "what is 1+1?" in span.structured["inputs"]["text"] and "a number" in span.structured["outputs"]["text"]
    fields = await connection.ask(
        "get_trace", trace=ids["answered"], fields=["spans.*.name", "spans.*.inputs.question", "spans.*.tokens.total"]
    )
    assert [row[1] for row in fields.structured["fields"]["rows"]] == ["rag chain", "retrieve", "generate", "lookup"]
    told = await connection.refused("get_trace", trace=ids["answered"], fields=["spans.*.inputs.questoin"])
    assert "question" in told, told
    assert "no trace" in await connection.refused("get_trace", trace="tr-" + "0" * 32)


async def _large(connection: Connection, trace: str) -> None:
    answer = await connection.ask("get_trace", trace=trace)
    assert len(answer.text) <= ANSWER_CHARACTERS and answer.structured["span_count"] == MANY, answer.text
    assert "the service is out of memory" in answer.text and "more of embed" in answer.text
    seen, cursor = [], answer.next_cursor
    while cursor:
        page = await connection.ask("get_trace", trace=trace, limit=500, cursor=cursor)
        assert len(page.text) <= ANSWER_CHARACTERS
        seen += [row[0] for row in page.structured["spans"]["rows"]]
        cursor = page.next_cursor
    assert len(seen) == len(set(seen)) == MANY


async def _parallel(connection: Connection, ids: dict[str, str]) -> None:
    """Each of many calls at once gets its own trace."""
    wanted = [ids["answered"], ids["asked again"], ids["failed"], ids["large"]] * 2
    answers = await asyncio.gather(*(connection.ask("get_trace", trace=one) for one in wanted))
    for one, answer in zip(wanted, answers, strict=True):
        assert answer.structured["trace"].endswith(one), (one, answer.text[:200])
