"""Traces of a small application: good and failed ones, judged ones, a conversation, and one of thousands of spans. The newest MLflow only."""

import contextlib

PROJECT = "traces demo"
ODD = "traces odd"
# Spans of the large trace, its root included.
MANY = 5_000
KEY = "AKIAIOSFODNN7EXAMPLE"


def populate_traces(uri: str, project: str = PROJECT, many: int = MANY) -> dict[str, str]:
    """Makes the traces in a project; their ids by what they show. `many` is the number of spans of the large one."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(project)
    ids = {}
    with mlflow.start_run(run_name="evaluation") as run:
        ids["run"] = run.info.run_id
        ids["answered"] = _ask("what is 1+1?", session="s-1")
    ids["asked again"] = _ask("and 2+2?", session="s-1", user="ben")
    ids["failed"] = _ask("fail please", session="s-2")
    ids["large"] = _large(many)
    mlflow.flush_trace_async_logging()
    _judge(ids)
    return ids


def _ask(question: str, session: str, user: str = "ada") -> str:
    """A chain that retrieves, calls a model, and looks up with a tool that may fail."""
    import mlflow
    from mlflow.entities import SpanType

    with contextlib.suppress(ValueError), mlflow.start_span("rag chain", span_type=SpanType.CHAIN) as chain:
        mlflow.update_current_trace(
            tags={"env": "ci"}, metadata={"mlflow.trace.session": session, "mlflow.trace.user": user, "release": "v 1"}
        )
        chain.set_inputs({"question": question, "key": KEY})
        with mlflow.start_span("retrieve", span_type=SpanType.RETRIEVER) as retrieve:
            retrieve.set_inputs({"question": question})
            retrieve.set_attribute("k", 3)
            retrieve.set_outputs([{"page_content": f"page {page} on {question}", "metadata": {"score": 0.5}} for page in range(3)])
        with mlflow.start_span("generate", span_type=SpanType.CHAT_MODEL) as generate:
            generate.set_inputs({"messages": [{"role": "user", "content": question}], "model": "gpt-4o-mini"})
            generate.set_attribute("mlflow.llm.model", "gpt-4o-mini")
            generate.set_attribute(
                "mlflow.chat.tokenUsage", {"input_tokens": 120, "output_tokens": 30, "total_tokens": 150}
            )
            generate.set_outputs({"choices": [{"message": {"role": "assistant", "content": "a number"}}]})
        with mlflow.start_span("lookup", span_type=SpanType.TOOL) as lookup:
            lookup.set_inputs({"question": question})
            if "fail" in question:
                raise ValueError(f"no entry for '{question}'")
            lookup.set_outputs({"found": True})
        chain.set_outputs({"answer": "a number"})
    return chain.trace_id


def _large(many: int) -> str:
    """Many equal children of a few parents, and one failure deep among them."""
    import mlflow
    from mlflow.entities import SpanStatusCode

    with mlflow.start_span("batch", span_type="CHAIN") as root:
        root.set_inputs({"documents": many})
        made = 1
        part = 0
        while made < many:
            with mlflow.start_span(f"part {part}", span_type="CHAIN"):
                made += 1
                for number in range(min(499, many - made)):
                    with mlflow.start_span("embed", span_type="EMBEDDING") as embed:
                        embed.set_inputs({"text": f"document {part}/{number}"})
                        if (part, number) == (7, 250):
                            embed.record_exception(RuntimeError("the service is out of memory"))
                            embed.set_status(SpanStatusCode.ERROR)
                        made += 1
            part += 1
    return root.trace_id


def _judge(ids: dict[str, str]) -> None:
    import mlflow
    from mlflow.entities import AssessmentSource

    person = AssessmentSource(source_type="HUMAN", source_id="ada")
    judge = AssessmentSource(source_type="LLM_JUDGE", source_id="gpt-x")
    mlflow.log_feedback(trace_id=ids["answered"], name="correct", value=True, source=person, rationale="adds up")
    mlflow.log_feedback(trace_id=ids["asked again"], name="correct", value=False, source=person, rationale="it is four")
    mlflow.log_feedback(trace_id=ids["answered"], name="relevance", value=0.8, source=judge, rationale="to the point")
    mlflow.log_expectation(trace_id=ids["answered"], name="expected", value={"answer": 2}, source=person)


def populate_odd_traces(uri: str) -> dict[str, str]:
    """Traces beside the usual: running, linked, judged in every way, and many that began at the same moment."""
    import mlflow
    from mlflow import MlflowClient
    from mlflow.entities import TraceInfo, TraceLocation, TraceState
    from mlflow.tracing.client import TracingClient

    mlflow.set_tracking_uri(uri)
    experiment = mlflow.set_experiment(ODD).experiment_id
    ids = {}
    with mlflow.start_run(run_name="linked later") as run:
        ids["run"] = run.info.run_id
    with mlflow.start_span("judged", span_type="AGENT") as judged:
        judged.set_inputs({"what": "größe 'quoted' \"twice\""})
        judged.set_attribute("word", "it's ü")
        judged.set_attribute("deep", {"k": [1, 2.5, None, True]})
    ids["judged"], span = judged.trace_id, judged.span_id
    mlflow.flush_trace_async_logging()
    with contextlib.suppress(NotImplementedError, mlflow.MlflowException):  # A folder of files knows no links.
        MlflowClient().link_traces_to_run([ids["judged"]], ids["run"])
    _judge_oddly(ids["judged"], span)
    client = TracingClient(uri)
    for number in range(60):
        ids[f"row {number}"] = trace = f"tr-{0xABC000 + 7919 * number % 60:032x}"
        metadata = {} if number % 3 else {"mlflow.trace.session": f"s {number % 4}", "mlflow.trace.user": "odd"}
        if number % 5 == 0:
            metadata["mlflow.trace.tokenUsage"] = f'{{"input_tokens": {number}, "output_tokens": 1, "total_tokens": {number + 1}}}'
        running = number % 7 == 0
        client.start_trace(
            TraceInfo(
                trace_id=trace,
                trace_location=TraceLocation.from_experiment_id(experiment),
                request_time=1_780_000_000_000 + number // 20,
                execution_duration=None if running else number % 11 * 100,
                state=TraceState.IN_PROGRESS if running else TraceState.ERROR if number % 4 == 0 else TraceState.OK,
                request_preview=f"question {number}",
                tags={"mlflow.traceName": f"row {number % 9}", "a b": str(number % 2), "shard": f"{number:03}"},
                trace_metadata=metadata,
            )
        )
    return ids


def _judge_oddly(trace: str, span: str) -> None:
    import mlflow
    from mlflow.entities import AssessmentError, AssessmentSource

    code = AssessmentSource(source_type="CODE", source_id="check.py")
    first = mlflow.log_feedback(trace_id=trace, name="score", value=4, source=code)
    mlflow.override_feedback(trace_id=trace, assessment_id=first.assessment_id, value=5, source=code)
    mlflow.log_feedback(trace_id=trace, name="labels", value=["a", "b"], source=code)
    mlflow.log_feedback(trace_id=trace, name="parts", value={"a": 0.5}, source=code)
    mlflow.log_feedback(trace_id=trace, name="tone", value="yes", source=code, span_id=span)
    fault = AssessmentError(error_code="DOWN", error_message="the judge is down")
    mlflow.log_feedback(trace_id=trace, name="safe", error=fault, source=code)
    mlflow.log_expectation(trace_id=trace, name="words", value=["x", "y"], source=code)
    mlflow.log_expectation(trace_id=trace, name="length", value=3, source=code)
