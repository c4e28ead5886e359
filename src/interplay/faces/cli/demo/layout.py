"""How the summary looks: a rule before each part, plain lines, tables without borders."""

from collections.abc import Mapping

from rich.rule import Rule
from rich.table import Table

from interplay.faces.cli.screen import console
from interplay.kernel.i18n import Lang, say
from interplay.understand.segments.contracts import Label


def title(key: str, lang: Lang) -> None:
    console.print()
    console.print(Rule(f"[bold]{say(key, lang)}", align="left", style="dim"))


def line(key: str, lang: Lang, **params: object) -> None:
    console.print(say(key, lang, **params), markup=False)


def table(lang: Lang, *keys: str) -> Table:
    """Return a table whose first column is words and whose others are numbers; a key "" is a column without a name."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for place, key in enumerate(keys):
        made.add_column(say(key, lang) if key else "", justify="right" if place else "left", no_wrap=True)
    return made


def called(label: Label, lang: Lang) -> str:
    return label.zh if lang == "zh" else label.en


def not_as_said(claims: Mapping[str, bool], lang: Lang) -> None:
    """Name in red what was checked and is not so."""
    if wrong := [claim for claim, is_so in claims.items() if not is_so]:
        console.print(f"[red]{say('demo.not_as_said', lang, claims=', '.join(wrong))}[/]")
