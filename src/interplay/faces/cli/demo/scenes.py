"""The scenes for people to read: a segment that changed, points and coupons, one person; what is not so is red."""

from collections.abc import Sequence
from pathlib import Path

from interplay.faces.cli.demo import balance, caps, report
from interplay.faces.cli.demo.contracts import Known, Moment, Rights, Summary
from interplay.faces.cli.demo.layout import called, line, not_as_said, table, title
from interplay.faces.cli.screen import console
from interplay.kernel.i18n import Lang, say
from interplay.understand.segments.contracts import Label

YUAN = 100  # fen
MEBIBYTE = 1 << 20


def tell(summary: Summary, lang: Lang) -> None:
    """Print the scenes, those that were played."""
    if summary.moment is not None:
        title("demo.moment", lang)
        _moment(summary.moment, lang)
    if summary.loyalty is not None:
        balance.tell(summary.loyalty, lang)
    if summary.rights is not None:
        title("demo.rights", lang)
        _rights(summary.rights, lang)
    caps.tell(summary.caps, lang)
    report.tell(summary, lang)


def _moment(moment: Moment, lang: Lang) -> None:
    line(
        "demo.moment.order", lang, device=moment.device, value=moment.value / YUAN,
        milliseconds=moment.answered_milliseconds,
    )  # fmt: skip
    for move in moment.moves:
        line(
            "demo.moment.move", lang, label=called(move.label, lang), before=move.customers_before,
            after=move.customers_after, fact=move.fact, milliseconds=move.milliseconds,
        )  # fmt: skip
        console.print(f"  {move.reason}", markup=False)
    not_as_said(moment.claims, lang)


def _rights(rights: Rights, lang: Lang) -> None:
    line("demo.rights.truth", lang, device=rights.device, known_by=rights.known_by, person=rights.person)
    _customers(rights, lang)
    line("demo.rights.merged", lang, why=rights.why, milliseconds=rights.merge_milliseconds)
    line("demo.rights.unmerged", lang, milliseconds=rights.unmerge_milliseconds)
    line(
        "demo.rights.exported", lang, file=rights.file, facts=rights.exported_facts,
        identifiers=rights.exported_identifiers,
    )  # fmt: skip
    line(
        "demo.rights.erased", lang, milliseconds=rights.erase_milliseconds, seconds=rights.rewrite_milliseconds / 1000,
        files=rights.files_searched, mebibytes=rights.bytes_searched / MEBIBYTE, folder=Path(rights.data).name,
    )  # fmt: skip
    if rights.claims["totals"]:
        line("demo.rights.totals", lang)
    not_as_said(rights.claims, lang)


def _customers(rights: Rights, lang: Lang) -> None:
    rows = table(lang, "", "demo.identifiers", "demo.facts")
    rows.add_column(say("demo.in_segments", lang), overflow="fold")
    known: Sequence[tuple[str, Known]] = (
        (say("demo.the_person", lang), rights.apart[0]),
        (say("demo.the_device", lang), rights.apart[1]),
        (say("demo.as_one", lang), rights.merged),
    )
    for name, one in known:
        rows.add_row(name, f"{len(one.identifiers)}", f"{one.facts:,}", _labels(one.segments, lang))
    console.print(rows)


def _labels(segments: Sequence[Label], lang: Lang) -> str:
    return say("demo.comma", lang).join(called(one, lang) for one in segments) or "–"
