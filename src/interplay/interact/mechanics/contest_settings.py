"""A contest's settings, and what is wrong with them: what can be entered, who votes and judges, what is won."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from interplay.interact.mechanics.contracts import Around, Mistake, unknown
from interplay.interact.mechanics.vote import Rules, of_rules
from interplay.kernel.errors import AppError
from interplay.kernel.time import parse_instant

ENTRIES_MAX = 10_000
PHOTOS_MAX = 9
TEXT_CHARS_MAX = 1_000
WINNERS_MAX = 300
MEGABYTES_MAX = 20


class By(StrEnum):
    """How winners are found among the entries that are shown at the end."""

    SCORE = "score"
    DRAW = "draw"  # each has the same chance
    DRAW_BY_VOTES = "draw_by_votes"  # each has as many chances as votes


class Entering(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What can be entered, until when, and whether staff look first."""

    per_customer_max: int = 1
    total_max: int = ENTRIES_MAX
    photos_min: int = 1
    photos_max: int = 1
    photo_megabytes_max: int = 10
    text_chars_max: int = TEXT_CHARS_MAX
    until: str | None = None
    is_shown_at_once: bool = False


class Jury(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much the points of jurors matter beside the votes of the public."""

    percent: int
    jurors_min: int = 0  # fewer, and an entry wins nothing


class Place(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A prize for so many winners, after those that stand before it."""

    prize: str
    winners: int = 1


class ContestSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `contest`."""

    winners: tuple[Place, ...]
    entries: Entering = Entering()
    votes: Rules | None = None  # none: only the jury, or only chance
    votes_from: str | None = None
    votes_min: int = 0  # fewer, and an entry wins nothing
    jury: Jury | None = None
    by: By = By.SCORE


def mistakes_of(settings: ContestSettings, around: Around) -> Iterator[Mistake]:
    """Yield what is wrong with a contest."""
    yield from _of_numbers(settings)
    yield from _of_winners(settings, around)
    for place, given in ((("entries", "until"), settings.entries.until), (("votes_from",), settings.votes_from)):
        yield from _of_instant(place, given, around)
    if settings.votes is not None:
        yield from ((("votes", *place), mistake) for place, mistake in of_rules(settings.votes, around))
    elif settings.by is By.DRAW_BY_VOTES or (settings.by is By.SCORE and settings.jury is None):
        yield ("votes",), AppError("mechanics.contest_votes", by=settings.by.value)


def _of_numbers(settings: ContestSettings) -> Iterator[Mistake]:
    entries, jury = settings.entries, settings.jury
    bounds: list[tuple[tuple[str, ...], int, int, int]] = [
        (("entries", "per_customer_max"), entries.per_customer_max, 1, 100),
        (("entries", "total_max"), entries.total_max, 1, ENTRIES_MAX),
        (("entries", "photos_max"), entries.photos_max, 0, PHOTOS_MAX),
        (("entries", "photos_min"), entries.photos_min, 0, entries.photos_max),
        (("entries", "photo_megabytes_max"), entries.photo_megabytes_max, 1, MEGABYTES_MAX),
        (("entries", "text_chars_max"), entries.text_chars_max, 0, TEXT_CHARS_MAX),
        (("votes_min",), settings.votes_min, 0, 10**9),
        (("jury", "percent"), 1 if jury is None else jury.percent, 1, 100),
        (("jury", "jurors_min"), 0 if jury is None else jury.jurors_min, 0, 100),
        (("winners",), sum(one.winners for one in settings.winners), 1, WINNERS_MAX),
    ]
    for place, given, least, most in bounds:
        if not least <= given <= most:
            yield place, AppError("mechanics.bounds", given=given, least=least, most=most)


def _of_winners(settings: ContestSettings, around: Around) -> Iterator[Mistake]:
    for number, one in enumerate(settings.winners):
        if one.prize not in around.prizes:
            yield ("winners", number, "prize"), unknown(one.prize, around.prizes)
        if one.winners < 1:
            yield (
                ("winners", number, "winners"),
                AppError("mechanics.bounds", given=one.winners, least=1, most=WINNERS_MAX),
            )


def _of_instant(place: tuple[str, ...], given: str | None, around: Around) -> Iterator[Mistake]:
    if given is None:
        return
    try:
        at = parse_instant(given, around.zone)
    except AppError as wrong:
        yield place, wrong
        return
    if not around.starts_at <= at <= around.ends_at:
        yield place, AppError("mechanics.opens_outside", given=given)
