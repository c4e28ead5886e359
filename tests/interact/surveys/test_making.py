"""Made up answers: whatever the form, where they can be made, all of it is answered and nothing is wrong."""

from random import Random

import pytest

from interplay.interact.surveys import api as surveys
from interplay.interact.surveys.contracts import Form, Page, Question, QuestionType
from tests.interact.surveys.random_forms import LABEL, form, options


def one(kind, **more):
    return Form((Page((Question("q", kind, LABEL, required=True, **more),)),))


@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_form_made_up_answers_are_whole_and_right(seed):
    random = Random(seed)
    found = form(random)
    if not surveys.can_make(found):
        assert any(
            one.pattern or one.chars_most
            for one in surveys.questions(found).values()
            if one.required or one.required_if
        )
        return
    for _ in range(5):
        made = surveys.make(found, random.randrange)
        assert surveys.validate(found, made) == []
        assert surveys.asked(found, made).answers == made


def test_each_value_is_made_and_the_ends_are_among_them():
    random = Random(1)

    def found(of):
        return {surveys.make(of, random.randrange)["q"] for _ in range(400)}

    assert found(one(QuestionType.NPS)) == set(range(11))
    assert found(one(QuestionType.CHOICE, options=options("abc"))) == set("abc")
    assert found(one(QuestionType.NUMBER, least=-2, most=2)) == set(range(-2, 3))
    assert found(one(QuestionType.NUMBER, most=-50)) == set(range(-150, -49))
    assert {"2026-01-01", "2026-01-03"} <= found(one(QuestionType.DATE, earliest="2026-01-01", latest="2026-01-03"))


def test_a_required_text_of_a_pattern_cannot_be_made_up():
    assert not surveys.can_make(one(QuestionType.TEXT, pattern="[0-9]{11}"))
    assert surveys.can_make(one(QuestionType.TEXT, pattern="[a-z]+"))
    assert not surveys.can_make(one(QuestionType.EMAIL, chars_most=5))
