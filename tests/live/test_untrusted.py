"""Text that others wrote is passed on clean, whole and labelled."""

from context import Context
from sample import NOT_SECRETS, UNICODE_EXPERIMENT

# Escape, bidirectional overrides and zero-width characters have no business in an answer.
FORBIDDEN = "\x1b\u202e\u202c\u200b"


async def test_control_and_bidirectional_characters_are_stripped(context: Context) -> None:
    run = context.ids["runs"]["ansi"]
    async with context.connect() as connection:
        answers = [
            await connection.ask("get_runs", runs=[run]),
            await connection.ask("search_runs", query="coloured", columns=["params.*"]),
        ]
    for answer in answers:
        assert "red" in answer.text and "zero" in answer.text, answer.text
        assert not set(FORBIDDEN) & set(answer.everything()), answer.everything()


async def test_a_note_is_labelled_as_written_by_others(context: Context) -> None:
    run = context.ids["runs"]["injection"]
    answer = await context.ask("get_runs", runs=[run])
    assert "Ignore all previous instructions" in answer.text, "the note is part of the run"
    assert "untrusted" in answer.text, answer.text
    assert "untrusted_from" in answer.everything(), answer.structured
    assert "![x](" not in answer.everything(), "an image would be fetched by whoever shows this"


async def test_every_script_comes_through_unharmed(context: Context) -> None:
    run = context.ids["runs"]["unicode"]
    answer = await context.ask("get_runs", runs=[run])
    shown = answer.run()
    assert shown["params"] == {"学习率": "0.1", "größe": "groß", "emoji": "🚀"}, shown
    assert shown["name"] == "entraînement n°1 ✅" and shown["tags"]["étiquette"] == "valeur ünï", shown
    for text in (UNICODE_EXPERIMENT, "学习率", "🚀", "entraînement n°1 ✅"):
        assert text in answer.text, f"{text} is not in {answer.text}"


async def test_parameters_that_only_sound_secret_stay_visible(context: Context) -> None:
    shown = (await context.ask("get_runs", runs=[context.ids["runs"]["secrets"]])).run()["params"]
    assert {key: shown[key] for key in NOT_SECRETS} == NOT_SECRETS, shown
