"""What somebody answers moves her in and out of segments at once, before the survey is complete."""

from contextlib import closing

import pytest

from interplay.engine.log.read import LogReader
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Play
from interplay.interact.surveys.api import nps
from interplay.kernel.errors import AppError
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import ListLive
from tests.interact.campaigns.square import LABEL, campaign
from tests.stores import Store, fact, user
from tests.understand.memberships.words import segment

OPTIONS = [{"code": "tea", "label": LABEL}, {"code": "milk", "label": LABEL}]
PAGES = [{"questions": [
    {"name": "q1", "type": "boolean", "label": LABEL},
    {"name": "drinks", "type": "choices", "label": LABEL, "options": OPTIONS},
    {"name": "nps", "type": "nps", "label": LABEL},
    {"name": "note", "type": "comment", "label": LABEL},
]}]  # fmt: skip
HERE = 'event.survey_id == "spring/poll" and event.question_id'
SEGMENTS = {
    "yes": 'last("survey.answered", "answer", where=event.question_id == "q1") == "yes"',
    "tea": 'last("survey.answered", "answer", where=event.question_id == "drinks.tea") == "yes"',
    "critics": f'last("survey.answered", "score", where={HERE} == "nps") <= 6',
    "done": 'count("survey.completed") >= 1',
}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as found:
        found.apply(
            campaign(prizes={}, parts={"poll": {"survey": {"pages": PAGES}}}),
            *(segment(name, criteria) for name, criteria in SEGMENTS.items()),
        )
        campaigns.start(found.home.campaigns, found, "spring", "staff")
        found.store(*(fact("customer.identified", user(number)) for number in range(3)))
        found.mind.settle()
        yield found


def say(store, number, *, complete=False, **answers):
    with closing(LogReader(store.database)) as reader:
        subject = reader.subject_of(store.keys.digest(*user(number)))
    move = {"answers": answers, "complete": complete}
    ask = Play(key=repr((number, move)), campaign="spring", part="poll", subject=subject, move=move)
    return campaigns.play(store.home.campaigns, store, ask)


def sizes(store):
    store.mind.settle()
    return {one.name: one.customers for one in store.ask(memberships.list_live, ListLive()) if one.customers}


def test_each_answer_is_in_criteria_at_once_and_a_changed_one_too(store):
    say(store, 0, q1=True, drinks=["tea", "milk"])
    say(store, 1, q1=True, nps=3)
    assert sizes(store) == {"yes": 2, "tea": 1, "critics": 1}
    say(store, 0, q1=False, drinks=["milk"])
    assert sizes(store) == {"yes": 1, "critics": 1}
    say(store, 1, q1=None, nps=10)
    assert sizes(store) == {}
    say(store, 2, drinks=["tea"], complete=True)
    assert sizes(store) == {"tea": 1, "done": 1}


def test_the_scores_of_facts_come_to_an_nps(store):
    for number, score in enumerate((10, 9, 2)):
        say(store, number, nps=score)
    rows = store.query("SELECT score FROM facts WHERE name = 'survey.answered' AND question_id = 'nps'")
    assert nps(score for (score,) in rows).score == pytest.approx(100 / 3)


def test_her_own_words_are_neither_in_criteria_nor_in_the_warehouse(store):
    say(store, 0, note="call me on 13800138000", q1=True)
    with pytest.raises(AppError, match="personal data"):
        store.apply(segment("callers", 'last("survey.answered", "answer_text") == "x"'))
    told = store.query("SELECT * FROM facts WHERE name = 'survey.answered'")
    assert len(told) == 2
    assert "13800138000" not in str(told)
