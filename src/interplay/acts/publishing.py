"""What is published of a draw: one file of JSON lines, from which anybody can verify it without us.

The first line is the draw: what was committed to, how many plays there are, the head of their chain, and, once it is
revealed, the secret. Each other line is a play. Nobody can be found by them: pseudonyms are keyed.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from msgspec import Struct

from interplay.acts import chance
from interplay.acts.chance import Play, Verified
from interplay.acts.contracts import CAP_MAX
from interplay.acts.opening import OpenedDraw, opened, plays
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso

FORMAT = "interplay-draw-1"
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
    head: str

    def as_kept(self) -> Play:
        return Play(
            self.play, self.pseudonym, self.names, self.weights, self.fallback, self.picked, self.given,
            bytes.fromhex(self.head),
        )  # fmt: skip


def publish(database: Database, keys: SubjectKeys, campaign: str) -> Iterator[bytes]:
    """Yield the lines of a draw as it stands. Raises AppError `acts.no_draw`."""
    draw = opened(database, keys, campaign)
    yield msgspec.json.encode(_draw(draw))
    for one in plays(database, campaign):
        if one.play > draw.plays:  # played meanwhile
            return
        yield msgspec.json.encode(_play(one))


def verify_published(lines: Iterable[bytes]) -> tuple[PublishedDraw, Verified]:
    """Verify a draw from what was published of it, and nothing else.

    Raises AppError `acts.draw_file` for a line that is none, `acts.not_revealed` while the secret is not there.
    """
    rest = enumerate(lines, 1)
    draw = _read(rest, PublishedDraw)
    if draw is None or draw.format != FORMAT:
        raise AppError("acts.draw_file", line=1, reason=f"not {FORMAT}")
    if draw.secret is None:
        raise AppError("acts.not_revealed", status=409, campaign=draw.campaign)
    last = [chance.START.hex()]
    secret, committed = _bytes(draw.secret), _bytes(draw.commitment)
    found = chance.verify(draw.campaign, secret, committed, _plays(rest, last))
    wrong = found.wrong
    if (found.plays, last[0]) != (draw.plays, draw.head):
        wrong = (*wrong, (found.plays, "the last plays are missing, or are others"))
    return draw, Verified(found.plays, wrong[:WRONG_MAX])


def _plays(lines: Iterator[tuple[int, bytes]], last: list[str]) -> Iterator[Play]:
    while (one := _read(lines, PublishedPlay)) is not None:
        if len(one.names) != len(one.weights) or min(one.weights, default=-1) < 0 or not 0 < sum(one.weights) < CAP_MAX:
            raise AppError("acts.draw_file", line=one.play + 1, reason="weights")
        last[0] = one.head
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
        one.play, one.pseudonym, one.names, one.weights, one.fallback, one.picked, one.given, one.head.hex()
    )
