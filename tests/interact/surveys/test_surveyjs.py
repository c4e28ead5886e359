"""Branching and validation are those of SurveyJS: 200 random forms, answered in rounds, in both."""

import json
import subprocess
from pathlib import Path
from random import Random

import pytest

from interplay.interact.surveys.asking import asked, questions, validate
from interplay.interact.surveys.forms import mistakes
from interplay.interact.surveys.values import tidy
from tests.interact.surveys.random_forms import answers, form
from tests.interact.surveys.surveyjs import translated
from tests.node import installed, node
from tests.serving import run_and_wait

HERE = Path(__file__).parent
FORMS, ROUNDS, SEED = 200, 3, 20_260_101


@pytest.fixture(scope="module")
def stories():
    random = Random(SEED)
    found = []
    for _ in range(FORMS):
        one = form(random)
        assert list(mistakes(one)) == [], one
        found.append((one, [answers(random, one) for _ in range(ROUNDS)]))
    return found


@pytest.fixture(scope="module")
def theirs(stories):
    """Return what survey-core says after each round, all in one process."""
    try:
        folder = installed(HERE, "survey-core")
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"survey-core cannot be installed here: {str(error)[-200:]}")
    given = json.dumps([{"form": translated(one), "rounds": list(map(tidied, rounds))} for one, rounds in stories])
    return json.loads(run_and_wait([node(), "answer.mjs"], cwd=folder, input=given).stdout)


@pytest.mark.slow
def test_forms_are_branched_and_validated_as_survey_core_does(stories, theirs):
    checked = {"faults": 0, "hidden": 0, "pages": 0}
    for (one, rounds), said in zip(stories, theirs, strict=True):
        kept = {}
        for given, their in zip(rounds, said, strict=True):
            kept = answered(one, kept, given)
            ours = state(one, kept)
            assert ours == their, (translated(one), given)
            checked["faults"] += sum(map(len, ours["errors"].values()))
            checked["hidden"] += len(questions(one)) - len(ours["questions"])
            checked["pages"] += len(one.pages) - len(ours["pages"])
    assert min(checked.values()) > 100, checked


def answered(one, kept, given):
    """Return the answers after a round in which somebody goes from question to question, as the page lets her."""
    for name in questions(one):
        here = {item.question.name: item for item in asked(one, kept).items()}
        if name in given and name in here and here[name].is_enabled:
            kept = asked(one, {**kept, name: given[name]}).answers
    return kept


def tidied(given):
    return {name: tidy(value) for name, value in given.items()}


def state(one, kept):
    asking = asked(one, kept)
    errors: dict[str, list[str]] = {}
    for fault in validate(one, kept):
        errors.setdefault(fault.question, []).append(fault.reason.value)
    return {
        "pages": [str(number) for number in asking.pages],
        "questions": [item.question.name for item in asking.items()],
        "enabled": [item.question.name for item in asking.items() if item.is_enabled],
        "data": asking.answers,
        "errors": {name: sorted(found) for name, found in errors.items()},
    }
