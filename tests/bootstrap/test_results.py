"""How surveys, votes and boards stand for staff: each person's last answers, counted as if by hand; nobody's words."""

import json
from collections import Counter
from contextlib import closing, contextmanager
from random import Random

import pytest
from typer.testing import CliRunner

from interplay.acts.contracts import Refused
from interplay.bootstrap import results
from interplay.engine.log.read import LogReader
from interplay.faces.cli.main import app
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Play
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import iso
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.interact.campaigns.square import LABEL, campaign
from tests.stores import Store, fact, user

PEOPLE = 8
AB = [{"code": "a", "label": LABEL}, {"code": "b", "label": LABEL}]
PAGES = [{"questions": [
    {"name": "one", "type": "choice", "label": LABEL, "options": AB},
    {"name": "some", "type": "choices", "label": LABEL, "options": AB},
    {"name": "order", "type": "ranking", "label": LABEL, "options": AB},
    {"name": "grid", "type": "matrix", "label": LABEL, "options": [AB[0], {"code": "no", "label": LABEL}], "rows": AB},
    {"name": "yes", "type": "boolean", "label": LABEL},
    {"name": "nps", "type": "nps", "label": LABEL},
    {"name": "csat", "type": "csat", "label": LABEL},
    {"name": "count", "type": "number", "label": LABEL},
    {"name": "why", "type": "comment", "label": LABEL},
    {"name": "born", "type": "date", "label": LABEL, "personal": True},
]}]  # fmt: skip
ANSWERS = {
    "one": ["a", "b", None], "some": [["a"], ["a", "b"], [], None], "order": [["a", "b"], ["b", "a"], None],
    "grid": [{"a": "a"}, {"a": "no", "b": "no"}, None], "yes": [True, False, None], "nps": [*range(11), None],
    "csat": [*range(1, 6), None], "count": [1, 20, 300, None], "why": ["secret", None], "born": ["2001-02-03"],
}  # fmt: skip
PARTS = {
    "poll": {"survey": {"pages": PAGES, "quotas": {"a": {"most": 5, "where": 'one == "a"'}}}},
    "best": {"vote": {"choices": dict.fromkeys(("red", "green", "blue"), LABEL)}},
    "days": {"leaderboard": {"per": "day"}},
}


@contextmanager
def opened(folder):
    with Store(folder) as found:
        found.apply(campaign(prizes={}, parts=PARTS, ends="2099-01-01"))
        campaigns.start(found.home.campaigns, found, "spring", "staff")
        found.store(*(fact("customer.identified", user(number)) for number in range(PEOPLE)))
        yield found


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path / "data") as found:
        yield found


def subject(store, number):
    with closing(LogReader(store.database)) as reader:
        return reader.subject_of(store.keys.digest(*user(number)))


def play(store, number, key, part, move):
    ask = Play(key=key, campaign="spring", part=part, subject=subject(store, number), move=move)
    answer = campaigns.play(store.home.campaigns, store, ask)
    assert not isinstance(answer, Refused), answer
    return answer.says


def said(name, value):
    """Return an answer as results name it, said once more by itself."""
    match name:
        case "some":
            return list(value)
        case "order":
            return [f"{one}.{place}" for place, one in enumerate(value, 1)]
        case "grid":
            return [f"{row}.{column}" for row, column in value.items()]
        case "yes":
            return ["yes" if value else "no"]
    return [str(value)]


def test_last_answers_are_counted_as_by_hand(store):
    random, sheets = Random(5), {}
    for step in range(60):
        number, name = random.randrange(PEOPLE), random.choice(list(ANSWERS))
        sheets[number] = play(store, number, f"k{step}", "poll", {"answers": {name: random.choice(ANSWERS[name])}})[
            "answers"
        ]
    for number in (0, 1):
        assert play(store, number, f"d{number}", "poll", {"answers": {"one": "a"}, "complete": True})["complete"]
        sheets[number] = {**sheets.get(number, {}), "one": "a"}
    store.store(fact("survey.answered", user(2), key="forged", fields={
        "survey_id": "spring/poll", "question_id": "one", "answer": "b",
    }))  # fmt: skip
    found = results.survey(store, "spring", "poll")
    assert (found.people, found.completed, found.quotas["a"].used) == (len(sheets), 2, 2)
    for one in found.questions:
        given = [sheet[one.question] for sheet in sheets.values() if one.question in sheet]
        if one.question in ("why", "born"):
            assert (one.answered, one.answers) == (None, {})
            continue
        wanted = Counter(answer for value in given for answer in said(one.question, value))
        assert one.answered == len(given), one
        assert {answer: people for answer, people in one.answers.items() if people} == wanted
        assert one.others == 0
        if one.nps is not None:
            assert one.nps.promoters == sum(score >= 9 for score in given)
            assert one.nps.detractors == sum(score <= 6 for score in given)
        if one.csat is not None:
            assert (one.csat.satisfied, one.csat.answered) == (sum(score >= 4 for score in given), len(given))
    assert sum(one.nps is not None or one.csat is not None for one in found.questions) == 2
    assert "secret" not in repr(found)


def test_two_who_turn_out_to_be_one_have_answered_once(store):
    play(store, 0, "a", "poll", {"answers": {"one": "a"}})
    play(store, 1, "b", "poll", {"answers": {"one": "b"}})
    ask = identity.to_decide(
        DecisionKind.TOGETHER, subject(store, 0), subject(store, 1), actor="li", reason="", database=store.database,
        keys=store.keys, brand=store.home.settings.brand,
    )  # fmt: skip
    store.write(identity.decide, ask)
    found = results.survey(store, "spring", "poll")
    assert (found.people, found.questions[0].answers) == (1, {"a": 0, "b": 1})


def test_each_is_asked_of_its_own_kind_only(store):
    asked = (
        (results.survey, "best", "surveys.none"), (results.vote, "poll", "mechanics.no_vote"),
        (results.board, "best", "mechanics.no_board"),
    )  # fmt: skip
    for ask, part, code in asked:
        with pytest.raises(AppError) as refused:
            ask(store, "spring", part)
        assert (refused.value.code, refused.value.status) == (code, 404)


def test_a_board_is_read_in_pages_and_knows_who_stands_on_it_as_one(store):
    for number, score in enumerate((5, 9, 7, 2)):
        post(store, number, score)
    first = results.board(store, "spring", "days", rows_max=2)
    second = results.board(store, "spring", "days", at=first.period, after=2, rows_max=9)
    ranks = (*first.ranks, *second.ranks)
    assert [(one.rank, one.score, one.identifier) for one in ranks] == [
        (rank, score, ":".join(user(number))) for rank, score, number in ((1, 9, 1), (2, 7, 2), (3, 5, 0), (4, 2, 3))
    ]  # fmt: skip
    assert {first.people, second.people} == {4}
    before = results.board(store, "spring", "days", at=Micros(first.period - 1))
    assert (before.until, before.people, before.ranks) == (first.since, 0, ())


def post(store, number, score):
    ask = Play(key=f"s{number}", campaign="spring", part="days", subject=subject(store, number), move={"score": score},
               by="key games")  # fmt: skip
    assert not isinstance(campaigns.play(store.home.campaigns, store, ask), Refused)


def test_staff_read_all_from_the_command_line(tmp_path):
    with opened(tmp_path / "data") as store:
        play(store, 0, "a", "poll", {"answers": {"one": "a", "nps": 10, "why": "secret"}})
        for number, choice in enumerate(("blue", "red", "blue")):
            play(store, number, f"v{number}", "best", {"choices": [choice]})
        post(store, 1, 1200)
        then = iso(store.home.world.now())
    words = ["--data", str(tmp_path / "data"), "campaigns"]
    told = CliRunner().invoke(app, [*words, "answers", "spring", "poll"]).stdout
    assert "1 people have answered, 0 all of it" in told
    assert "NPS" in told
    assert "secret" not in told
    shown = json.loads(CliRunner().invoke(app, [*words, "votes", "spring", "best", "--json"]).stdout)
    assert [(one["choice"], one["votes"], one["place"]) for one in shown] == [
        ("blue", 2, 1), ("red", 1, 2), ("green", 0, 3),
    ]  # fmt: skip
    asked = [*words, "board", "spring", "days", "--at", then]
    told = CliRunner().invoke(app, asked).stdout
    assert "1 people" in told
    assert ":".join(user(1)) in told
    shown = json.loads(CliRunner().invoke(app, [*asked, "--after", "1", "--json"]).stdout)
    assert (shown["people"], shown["ranks"]) == (1, [])
