"""What an import gives: nothing, or what is shown first and then given."""

import sys
from collections.abc import Sequence
from typing import Literal

import typer
from msgspec import Struct
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from interplay.bootstrap import loyalty
from interplay.bootstrap.access import Access
from interplay.faces.cli.screen import print_table, stderr
from interplay.kernel.i18n import LANGS, Lang, say
from interplay.kernel.ids import Position
from interplay.kernel.money import to_text
from interplay.link.points.api import Given, Preview

Key = Literal[
    "import.effects.none", "import.effects.nothing", "import.effects.declined", "import.effects.given",
]  # fmt: skip


class Effects(Struct, frozen=True):
    """What became of an import's effects. `text` says it in each language."""

    text: dict[Lang, str]
    is_wanted: bool = True
    foreseen: Preview | None = None
    given: Given | None = None


def none() -> Effects:
    """Return what is said of an import without effects."""
    return Effects(_sentences("import.effects.none"), is_wanted=False)


def give(access: Access, positions: Sequence[Position], lang: Lang, *, is_asked: bool, is_quiet: bool) -> Effects:
    """Show what facts would give and what that costs, and give it.

    At a terminal somebody is asked between the two; a script has said by the option that it is wanted. Raises AppError
    `points.paused`.
    """
    with _bar(is_quiet=is_quiet) as bar:
        task = bar.add_task(say("import.effects.looking", lang), total=1.0)
        foreseen = loyalty.foresee(access, positions, lambda done: bar.update(task, completed=done))
    if not foreseen.units and not foreseen.refunds:
        return Effects(_sentences("import.effects.nothing"), foreseen=foreseen)
    if not is_quiet:
        _show(foreseen, access.home.settings.brand.currency, lang)
    if is_asked and sys.stdin.isatty() and not typer.confirm(say("import.effects.ask", lang), err=True):
        return Effects(_sentences("import.effects.declined"), foreseen=foreseen)
    with _bar(is_quiet=is_quiet) as bar:
        task = bar.add_task(say("import.effects.giving", lang), total=1.0)
        given = loyalty.give_for(access, positions, lambda done: bar.update(task, completed=done))
    amounts = ", ".join(f"{amount:,} {unit}" for unit, amount in given.amounts.items()) or "0"
    text = _sentences(
        "import.effects.given", facts=given.facts, amounts=amounts, refunds=given.refunds, refused=given.refused
    )
    return Effects(text, foreseen=foreseen, given=given)


def _show(foreseen: Preview, currency: str, lang: Lang) -> None:
    columns = [say(f"import.effects.column.{name}", lang) for name in ("unit", "facts", "amount", "cost")]
    rows = (
        (one.unit, f"{one.facts:,}", f"{one.amount:,}", f"{to_text(one.cost, currency)} {currency}")
        for one in foreseen.units
    )
    print_table(columns, rows)


def _sentences(key: Key, **params: object) -> dict[Lang, str]:
    return {lang: say(key, lang, **params) for lang in LANGS}


def _bar(*, is_quiet: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=stderr, disable=is_quiet, transient=True)
