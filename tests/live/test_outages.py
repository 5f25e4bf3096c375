"""Trackers that are away, silent, closed to us, or something else: each is said so, in time."""

import stubs
from context import Context


async def test_a_tracker_that_is_down_is_reported_within_six_seconds(context: Context) -> None:
    with stubs.closed() as uri:
        answer = await _refusal(context, uri, within_s=6)
        assert uri.removeprefix("http://") in answer and "MLFLOW_TRACKING_URI" in answer, answer


async def test_a_tracker_that_never_answers_is_reported_within_sixteen_seconds(context: Context) -> None:
    with stubs.silent() as uri:
        answer = await _refusal(context, uri, within_s=16)
        assert uri.removeprefix("http://") in answer, answer


async def test_wrong_credentials_are_named_by_their_variables(context: Context) -> None:
    with stubs.always(stubs.REFUSED) as uri:
        answer = await _refusal(context, uri, within_s=6)
        assert "MLFLOW_TRACKING_USERNAME" in answer or "MLFLOW_TRACKING_TOKEN" in answer, answer


async def test_a_page_instead_of_an_api_is_called_that(context: Context) -> None:
    with stubs.always(stubs.LOGIN_PAGE) as uri:
        answer = await _refusal(context, uri, within_s=6)
        assert "web page instead of JSON" in answer and "MLFLOW_TRACKING_URI" in answer, answer
        assert "<" not in answer, answer


async def _refusal(context: Context, uri: str, within_s: float) -> str:
    async with context.connect(uri) as connection:
        answer = await connection.call("search_runs", projects=["bench"])
        assert answer.is_error, answer.text
        assert answer.seconds <= within_s, f"said after {answer.seconds:.1f} s"
        # The one tool that tells how trackers are must itself not fail.
        trackers = await connection.call("list_trackers")
        assert uri.removeprefix("http://") in trackers.text, trackers.text
    return answer.text
