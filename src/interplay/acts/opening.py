"""A draw from its commitment to its revelation, and what anybody needs to verify it."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, update

from interplay.acts import chance
from interplay.acts.chance import Play
from interplay.acts.contracts import Odds
from interplay.acts.store import draw_campaigns, draws
from interplay.acts.verifying import Verified, verify
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros

PLAYS_AT_ONCE = 10_000


class OpenedDraw(Struct, frozen=True):
    """A draw as anybody may know it. The secret is there once it is revealed, and no play is possible any more."""

    campaign: str
    commitment: str  # hex
    plays: int
    head: str  # hex
    opened_at: Micros
    revealed_at: Micros | None = None
    secret: str | None = None  # hex


def open_draw(keys: SubjectKeys) -> Command[str, bytes]:
    """Return the command that opens a draw, once, and answers its commitment."""

    def run(tx: Tx, campaign: str) -> bytes:
        columns = draw_campaigns.c
        known = tx.connection.execute(select(columns.commitment).where(columns.campaign == campaign)).scalar()
        if known is not None:
            return bytes(known)
        secret = tx.world.random_bytes(chance.SECRET_BYTES)
        committed = chance.commitment(secret)
        tx.connection.execute(
            insert(draw_campaigns).values(
                campaign=campaign, secret=keys.seal(NOBODY, secret), commitment=committed, plays=0, head=chance.START,
                opened_at=tx.world.now(),
            )
        )  # fmt: skip
        return committed

    return Command("acts.open_draw", str, bytes, run)


def _reveal(tx: Tx, campaign: str) -> None:
    is_it = draw_campaigns.c.campaign == campaign
    known = tx.connection.execute(select(draw_campaigns.c.revealed_at).where(is_it)).first()
    if known is None:
        raise AppError("acts.no_draw", status=404, campaign=campaign)
    if known.revealed_at is None:
        tx.connection.execute(update(draw_campaigns).where(is_it).values(revealed_at=tx.world.now()))


reveal = Command("acts.reveal_draw", str, None, _reveal)
"""End a draw and let its secret be known."""


def opened(database: Database, keys: SubjectKeys, campaign: str) -> OpenedDraw:
    """Return what may be known of a draw. Raises AppError `acts.no_draw`."""
    with database.read() as connection:
        query = select(draw_campaigns).where(draw_campaigns.c.campaign == campaign)
        row = connection.execute(query).first()
    if row is None:
        raise AppError("acts.no_draw", status=404, campaign=campaign)
    secret = None if row.revealed_at is None else (keys.open(NOBODY, row.secret) or b"").hex()
    return OpenedDraw(
        campaign, row.commitment.hex(), row.plays, row.head.hex(), Micros(row.opened_at), row.revealed_at, secret
    )


def all_draws(database: Database, keys: SubjectKeys) -> list[OpenedDraw]:
    """Return every draw, the latest first."""
    columns = draw_campaigns.c
    with database.read() as connection:
        names = connection.execute(select(columns.campaign).order_by(columns.opened_at.desc(), columns.campaign))
        found = list(names.scalars())
    return [opened(database, keys, name) for name in found]


def plays(database: Database, campaign: str) -> Iterator[Play]:
    """Yield every play in order."""
    after = 0
    while True:
        columns = draws.c
        query = select(columns.play, columns.said).where(columns.campaign == campaign, columns.play > after)
        with database.read() as connection:
            rows = connection.execute(query.order_by(columns.play).limit(PLAYS_AT_ONCE)).all()
        if not rows:
            return
        for row in rows:
            yield msgspec.msgpack.decode(row.said, type=Play)
        after = rows[-1].play


def verify_draw(
    database: Database, keys: SubjectKeys, campaign: str, odds: Mapping[str, Odds | None] | None = None
) -> Verified:
    """Verify every play of a draw that is here, revealed or not, by its odds. Raises AppError `acts.no_draw`."""
    draw = opened(database, keys, campaign)
    with database.read() as connection:
        query = select(draw_campaigns.c.secret).where(draw_campaigns.c.campaign == campaign)
        sealed = connection.execute(query).scalar()
    secret = keys.open(NOBODY, bytes(sealed or b"")) or b""
    found = verify(campaign, secret, bytes.fromhex(draw.commitment), plays(database, campaign), odds)
    if found.plays < draw.plays:
        wrong = (*found.wrong, (draw.plays, "the last plays are missing"))
        return Verified(found.plays, wrong)
    return found
