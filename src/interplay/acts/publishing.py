"""What is published of a draw, from which anybody can verify it without us: its odds before, a file of its plays after.

The file is JSON lines. The first is the draw: what was committed to, how many plays there are, the head of their chain,
and, once it is revealed, the secret. Each other line is a play. Nobody can be found by them: pseudonyms are keyed. The
odds stand on the page of the campaign's promise; whoever kept it knows also how far the chain had come then.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from interplay.acts import chance
from interplay.acts.chance import Play
from interplay.acts.contracts import CAP_MAX, Odds, OutcomeOdds, Pity
from interplay.acts.opening import OpenedDraw, opened, plays
from interplay.acts.verifying import Verified, verify
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import iso

FORMAT = "interplay-draw-2"
Kind = TypeVar("Kind", bound=Struct)
WRONG_MAX = 100
"""After so many lines that are wrong it does not matter what the others are."""


class PublishedDraw(Struct, frozen=True):
    """The first line. Bytes are in hex, instants in RFC 3339."""

    format: str
    campaign: str
    commitment: str
    plays: int
    head: str
    opened_at: str
    revealed_at: str | None = None
    secret: str | None = None


class PublishedPlay(Struct, frozen=True):
    """Each other line, in the order of the plays."""

    play: int
    pseudonym: str
    names: tuple[str, ...]
    weights: tuple[int, ...]
    fallback: str
    picked: str
    given: str
    at: Micros  # 0 where no outcome waits for an instant
    others: tuple[str, ...]
    odds: str
    segment: str
    head: str

    def as_kept(self) -> Play:
        return Play(
            self.play, self.pseudonym, self.names, self.weights, self.fallback, self.picked, self.given,
            bytes.fromhex(self.head), self.at, self.others, self.odds, self.segment,
        )  # fmt: skip


class PublishedOdds(Struct, frozen=True, kw_only=True):
    """The odds of a draw on the page of its promise, with what it is committed to and how far it has come.

    `odds` is their digest. Without outcomes nobody can know the weights before, such as those of votes.
    """

    draw: str
    odds: str
    outcomes: tuple[OutcomeOdds, ...]
    fallback: str
    pity: Pity | None
    commitment: str
    plays: int
    head: str


class PublishedPage(Struct, frozen=True):
    """As much of the page of a promise as is needed."""

    odds: tuple[PublishedOdds, ...]


def publish(database: Database, keys: SubjectKeys, campaign: str) -> Iterator[bytes]:
    """Yield the lines of a draw as it stands. Raises AppError `acts.no_draw`."""
    draw = opened(database, keys, campaign)
    yield msgspec.json.encode(_draw(draw))
    for one in plays(database, campaign):
        if one.play > draw.plays:  # played meanwhile
            return
        yield msgspec.json.encode(_play(one))


def published_odds(draw: OpenedDraw, odds: Odds | None) -> PublishedOdds:
    """Return what the page of a promise says of a draw as it stands."""
    return PublishedOdds(
        draw=draw.campaign, odds="" if odds is None else odds.digest(), outcomes=() if odds is None else odds.outcomes,
        fallback="" if odds is None else odds.fallback, pity=None if odds is None else odds.pity,
        commitment=draw.commitment, plays=draw.plays, head=draw.head,
    )  # fmt: skip


def read_page(text: bytes) -> list[PublishedOdds]:
    """Return the draws on the page of a promise. Raises AppError `acts.draw_page`."""
    try:
        return list(msgspec.json.decode(text, type=PublishedPage).odds)
    except msgspec.DecodeError as broken:
        raise AppError("acts.draw_page", reason=str(broken)) from None


def verify_published(lines: Iterable[bytes], pages: Sequence[PublishedOdds] = ()) -> tuple[PublishedDraw, Verified]:
    """Verify a draw from what was published of it, and nothing else; by the odds of these pages, if there are any.

    Raises AppError `acts.draw_file` for a line that is none, `acts.not_revealed` while the secret is not there.
    """
    rest = enumerate(lines, 1)
    draw = _read(rest, PublishedDraw)
    if draw is None or draw.format != FORMAT:
        raise AppError("acts.draw_file", line=1, reason=f"not {FORMAT}")
    if draw.secret is None:
        raise AppError("acts.not_revealed", status=409, campaign=draw.campaign)
    mine = [one for one in pages if one.draw == draw.campaign]
    heads = dict.fromkeys([draw.plays, *(one.plays for one in mine)], "")
    heads[0] = chance.START.hex()
    secret, committed = _bytes(draw.secret), _bytes(draw.commitment)
    odds = {one.odds: _odds(one) for one in mine} if pages else None
    found = verify(draw.campaign, secret, committed, _plays(rest, heads), odds)
    wrong = (*found.wrong, *_of_pages(draw, mine, heads))
    if pages and not mine:
        wrong = ((0, "no page shows this draw"), *wrong)
    if (found.plays, heads[draw.plays]) != (draw.plays, draw.head):
        wrong = (*wrong, (found.plays, "the last plays are missing, or are others"))
    return draw, Verified(found.plays, wrong[:WRONG_MAX])


def _of_pages(draw: PublishedDraw, pages: Sequence[PublishedOdds], heads: dict[int, str]) -> Iterator[tuple[int, str]]:
    """Yield in what the file is not what pages said while the draw went on."""
    for page in pages:
        if page.commitment != draw.commitment:
            yield 0, "a page shows another commitment"
        elif page.odds != ("" if (odds := _odds(page)) is None else odds.digest()):
            yield 0, "the odds of a page are not those of its digest"
        elif heads[page.plays] != page.head:
            yield page.plays, "a page shows another head of the chain up to here"


def _odds(page: PublishedOdds) -> Odds | None:
    return Odds(page.outcomes, page.fallback, page.pity) if page.outcomes else None


def _plays(lines: Iterator[tuple[int, bytes]], heads: dict[int, str]) -> Iterator[Play]:
    """Yield the plays; fill in the heads that are asked for, by the number of the play that they come after."""
    count = 0
    while (one := _read(lines, PublishedPlay)) is not None:
        if len(one.names) != len(one.weights) or min(one.weights, default=-1) < 0 or not 0 < sum(one.weights) < CAP_MAX:
            raise AppError("acts.draw_file", line=one.play + 1, reason="weights")
        count += 1
        if count in heads:
            heads[count] = one.head
        _bytes(one.head)
        yield one.as_kept()


def _read(lines: Iterator[tuple[int, bytes]], kind: type[Kind]) -> Kind | None:
    number, line = next(lines, (0, b""))
    if not line.strip():
        return None
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as broken:
        raise AppError("acts.draw_file", line=number, reason=str(broken)) from None


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as broken:
        raise AppError("acts.draw_file", line=1, reason=str(broken)) from None


def _draw(draw: OpenedDraw) -> PublishedDraw:
    revealed = None if draw.revealed_at is None else iso(draw.revealed_at)
    return PublishedDraw(
        FORMAT, draw.campaign, draw.commitment, draw.plays, draw.head, iso(draw.opened_at), revealed, draw.secret
    )


def _play(one: Play) -> PublishedPlay:
    return PublishedPlay(
        one.play, one.pseudonym, one.names, one.weights, one.fallback, one.picked, one.given, one.at, one.others,
        one.odds, one.segment, one.head.hex(),
    )  # fmt: skip
