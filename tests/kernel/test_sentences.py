"""The catalogue of sentences, errors that speak both languages, and the World."""

import string

import pytest

from interplay.kernel.context import live_world
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, catalogue, say
from interplay.kernel.settings import Brand


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_there_in_both_languages():
    assert {key for key, texts in catalogue().items() if set(texts) != set(LANGS) or not all(texts.values())} == set()


def test_errors_tell_the_same_in_both_languages():
    errors = {key: texts for key, texts in catalogue().items() if key.startswith("errors.")}
    unlike = {key for key, texts in errors.items() if placeholders(texts["en"]) != placeholders(texts["zh"])}
    assert unlike == set()


@pytest.mark.parametrize(("meant", "told"), [
    ("sales", "there is no metric 'salse' (did you mean sales?); `metrics list` shows those there are"),
    ("", "there is no metric 'salse'; `metrics list` shows those there are"),
])  # fmt: skip
def test_what_is_not_known_is_left_out_of_a_sentence(meant, told):
    assert say("errors.metrics.unknown", "en", given="salse", meant=meant) == told
    assert ("是否指" in say("errors.metrics.unknown", "zh", given="salse", meant=meant)) == bool(meant)


def test_an_unknown_sentence_is_a_bug():
    with pytest.raises(KeyError):
        say("errors.no.such", "en")


def test_an_error_speaks_english_unless_asked_otherwise():
    error = AppError("settings.currency", status=422, given="{braces} stay")
    assert str(error) == error.text() == error.text("en")
    assert "'{braces} stay'" in error.text("zh")
    assert (error.code, error.status, error.params) == ("settings.currency", 422, {"given": "{braces} stay"})


def test_a_parameter_may_have_any_name():
    assert AppError("x.y", code="other", status=409).params == {"code": "other"}


def test_the_live_world_has_a_clock_ids_and_chance_of_its_own():
    world = live_world(Brand("Corner Coffee", timezone="Europe/London"))
    assert world.zone.key == "Europe/London"
    assert world.now() <= world.now()
    assert world.ids() != world.ids()
    assert len(world.random_bytes(32)) == 32
