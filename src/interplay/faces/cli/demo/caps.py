"""The season under the caps: 24 days of campaigns in simulated time, in a data directory of their own."""

import shutil

import msgspec

from interplay.acts import api as acts
from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.layout import line, not_as_said, table, title
from interplay.faces.cli.demo.story import Folder, Story
from interplay.faces.cli.screen import console
from interplay.kernel.i18n import Lang, say
from interplay.rehearse.brand.api import owner
from interplay.rehearse.season.api import season
from interplay.rehearse.season.contracts import Season

PEOPLE_PER_CAP, PEOPLE_MIN, PEOPLE_MAX = 5, 20, 600
DRAWS = ("caps/cap", "thanks/gift")
YUAN = 100  # fen


def show(folder: Folder, story: Story) -> Season:
    """Play the season, or tell again of the one that is here, once its ledger and draws were looked at again."""
    if not folder.caps_file.exists():
        shutil.rmtree(folder.caps, ignore_errors=True)  # of a run that ended before it was told
        people = min(max(story.people // PEOPLE_PER_CAP, PEOPLE_MIN), PEOPLE_MAX)
        played = season(folder.caps, owner(), seed=story.seed, people=people, until=story.until)
        folder.caps_file.write_bytes(msgspec.json.encode(played))
    told = msgspec.json.decode(folder.caps_file.read_bytes(), type=Season)
    with Access(folder.caps) as access:
        database, keys = access.home.database, access.home.keys
        again = {
            "ledger": not acts.check(database),
            "draws": all(not acts.verify_draw(database, keys, draw).wrong for draw in DRAWS),
        }
    return msgspec.structs.replace(told, claims=told.claims | again)


def tell(told: Season, lang: Lang) -> None:
    """Print the scene."""
    title("demo.caps", lang)
    line("demo.caps.people", lang, customers=told.customers, played=told.codes.played, recognized=told.recognized)
    rows = table(lang, "demo.caps.outcome", "demo.caps.published", "demo.caps.picked", "demo.caps.given")
    for one in told.chances:
        share = one.picked / max(told.codes.played, 1)
        rows.add_row(one.outcome, f"{one.published:.1%}", f"{one.picked:,} ({share:.1%})", f"{one.given:,}")
    console.print(rows)
    if told.p_value is not None:
        line("demo.caps.p_value", lang, p=told.p_value)
    for stock in told.stocks:
        if stock.stock is not None:
            line("demo.caps.stock", lang, prize=stock.prize, stock=stock.stock, given=stock.given, left=stock.left)
    line("demo.caps.cost", lang, cost=told.cost / YUAN, coupons=told.coupon_cost / YUAN)
    for coupon in told.coupons:
        line("demo.caps.coupon", lang, **msgspec.structs.asdict(coupon))
    _play(told, lang)
    _holdout(told, lang)
    not_as_said(told.claims, lang)


def _play(told: Season, lang: Lang) -> None:
    line("demo.caps.friends", lang, **msgspec.structs.asdict(told.friends))
    top = say("demo.comma", lang).join(f"{one.rank}. {one.score:,}" for one in told.board)
    line("demo.caps.board", lang, top=top)
    codes, cheats = told.codes, told.cheats
    line(
        "demo.caps.codes", lang, copies=codes.copies_refused, made_up=codes.made_up_refused, diverted=codes.diverted
    )  # fmt: skip
    line("demo.caps.cheats", lang, **msgspec.structs.asdict(cheats))


def _holdout(told: Season, lang: Lang) -> None:
    one, other, gap = told.offered, told.held_out, told.difference
    line(
        "demo.caps.holdout", lang, offered=one.people, held=other.people, ordered=one.ordered / max(one.people, 1),
        held_ordered=other.ordered / max(other.people, 1),
    )  # fmt: skip
    line(
        "demo.caps.difference", lang, gap=gap.mean * 100, low=gap.low * 100, high=gap.high * 100,
        truth=(one.truth - other.truth) * 100,
    )  # fmt: skip
