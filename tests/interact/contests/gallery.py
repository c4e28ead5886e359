"""A barista challenge on the square: short ways to enter, to look, to decide and to judge."""

from interplay.bootstrap import contests as contesting
from interplay.interact.contests.contracts import EntryState, Judge, Moderate
from tests.interact.campaigns.square import LABEL, PRIZES
from tests.interact.contests.pictures import jpeg

NAME = "spring/barista"
GRAND = {"label": LABEL, "goods": "P-machine", "stock": 1, "cost": 90_000, "funder": "brand"}
BEANS = {"label": LABEL, "goods": "P-beans", "stock": 10, "cost": 4_000, "funder": "brand"}
CONTEST = {
    "winners": [{"prize": "machine"}, {"prize": "beans", "winners": 2}],
    "votes": {"votes": 3, "per": "day"},
    "jury": {"percent": 40},
}


def opened(square, more=None, **settings):
    content = {name: value for name, value in {**CONTEST, **settings}.items() if value is not None}
    square.started(
        parts={"barista": {"contest": content}}, prizes=PRIZES | {"machine": GRAND, "beans": BEANS}, **(more or {})
    )


def upload(square, number, content=None, part="barista"):
    content = content or jpeg(64, 48, (number % 256, number // 256, 9))
    return contesting.upload(square, "spring", part, square.player(number), content)


def enter(square, number, key=None, *, title="My latte", photos=None, **more):
    photos = [upload(square, number).digest] if photos is None else photos
    move = {"enter": {"title": title, "photos": photos, **more}}
    return square.play(number, key, part="barista", move=move)


def vote(square, number, *entries, key=None):
    return square.play(number, key, part="barista", move={"vote": list(entries)})


def decide(square, *entries, to=EntryState.SHOWN, reason=""):
    return contesting.moderate(square, "spring", "barista", Moderate(NAME, entries, to, reason, "li"))


def judge(square, entry, points, juror="wang"):
    contesting.judge(square, "spring", "barista", Judge(NAME, entry, juror, points))


def entries(square, *states):
    states = states or tuple(EntryState)
    return contesting.entries(square, "spring", "barista", states, 0, 100)


def standing(square):
    return [
        (one.entry, one.votes, one.points, one.score) for one in contesting.standing(square, "spring", "barista", 99)
    ]
