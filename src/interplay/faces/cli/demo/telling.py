"""The summary, for people to read: what came in, who is who, what it adds up to, and where to look next."""

from collections.abc import Iterable

from rich.cells import set_cell_size
from rich.markup import escape

from interplay.faces.cli.demo import scenes
from interplay.faces.cli.demo.contracts import Flow, Linking, Member, Places, Size, Summary, Total
from interplay.faces.cli.demo.layout import line, table, title
from interplay.faces.cli.screen import console
from interplay.kernel.i18n import Lang, say

COUNTS_OF_ALL_FACTS = "facts."
PLACE_CELLS = 20  # Chinese characters take two


def tell(summary: Summary, lang: Lang, *, is_serving: bool) -> None:
    """Print the summary."""
    title("demo.came_in", lang)
    line("demo.doors", lang)
    _flows(summary.flows, lang)
    line("demo.caught_up", lang, seconds=summary.caught_up_seconds)
    line("demo.again", lang, items=sum(f.items for f in summary.again), stored=sum(f.stored for f in summary.again))
    bad = summary.bad_event
    line("demo.bad_event", lang, sent=bad.sent, reason=bad.reason)
    title("demo.who", lang)
    _linking(summary.linking, lang)
    title("demo.totals", lang)
    _totals(summary.totals, lang)
    title("demo.segments", lang)
    _sizes(summary.segments, lang)
    if summary.member is not None:
        _member(summary.member, lang)
    scenes.tell(summary, lang)
    title("demo.next", lang)
    _places(summary.places, summary.member, lang, is_serving=is_serving)
    console.print()
    line("demo.left", lang, path=summary.places.folder)


def _flows(flows: Iterable[Flow], lang: Lang) -> None:
    rows = table(
        lang, "demo.door", "demo.items", "demo.stored", "demo.duplicates", "demo.rejected", "demo.rate"
    )  # fmt: skip
    for flow in flows:
        numbers = (flow.items, flow.stored, flow.duplicates, flow.rejected, flow.facts_per_second)
        rows.add_row(say(f"demo.door.{flow.door}", lang), *(f"{number:,}" for number in numbers))
    console.print(rows)


def _linking(linking: Linking, lang: Lang) -> None:
    line(
        "demo.linking", lang, identifiers=linking.identifiers, people=linking.people, customers=linking.customers,
    )  # fmt: skip
    line(
        "demo.devices", lang, devices=linking.devices, joined=linking.devices_joined, right=linking.devices_right,
    )  # fmt: skip
    line("demo.precision", lang, share=_percent(linking.precision), households=linking.households)
    line("demo.recall", lang, share=_percent(linking.recall), of_all=_percent(linking.of_all))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"


def _totals(totals: Iterable[Total], lang: Lang) -> None:
    """Show orders and refunds; of the counts by name only those that are not true."""
    rows = table(lang, "", "demo.warehouse", "demo.truth", "")
    for total in totals:
        is_detail = total.name.startswith(COUNTS_OF_ALL_FACTS)
        if is_detail and total.is_true:
            continue
        name = total.name if is_detail else say(f"demo.total.{total.name}", lang)
        mark = "[green]=[/]" if total.is_true else f"[red]{say('demo.differs', lang)}[/]"
        rows.add_row(name, _shown(total.found, total.unit), _shown(total.truth, total.unit), mark)
    console.print(rows)


def _shown(number: int, unit: str) -> str:
    return f"¥{number / 100:,.2f}" if unit == "fen" else f"{number:,}"


def _sizes(sizes: Iterable[Size], lang: Lang) -> None:
    rows = table(lang, "", "demo.customers", "demo.unknown")
    population = 0
    for size in sizes:
        population = size.population
        label = size.label.zh if lang == "zh" else size.label.en
        rows.add_row(f"{escape(label)} [dim]{size.name}[/]", f"{size.count:,}", f"{size.unknown:,}")
    rows.add_row(f"[dim]{say('demo.population', lang)}[/]", f"[dim]{population:,}[/]", "")
    console.print(rows)


def _member(member: Member, lang: Lang) -> None:
    console.print()
    label = member.label.zh if lang == "zh" else member.label.en
    line("demo.member", lang, label=label, identifier=member.identifier)
    for sentence in member.sentences:
        console.print(f"  {sentence}", markup=False)


def _places(places: Places, member: Member | None, lang: Lang, *, is_serving: bool) -> None:
    """Print what can be copied, each on a line of its own however long it is."""
    addresses = f"{places.url}/health  {places.url}/metrics  {places.url}/api/openapi.json"
    command = f"interplay --data {places.data}"
    rows = [
        ("demo.place.segments", f"{command} segments list"),
        ("demo.place.sheet", f"{command} coupons sheet"),
        ("demo.place.ledger", f"{command} ledger check"),
        ("demo.place.caps", f"interplay --data {places.caps} campaigns odds caps"),
        ("demo.place.caps_draw", f"interplay --data {places.caps} draws verify caps/cap"),
        ("demo.place.caps_ledger", f"interplay --data {places.caps} ledger check"),
        ("demo.place.caps_review", f"interplay --data {places.caps} abuse list --campaign caps"),
        ("demo.place.caps_serve", f"interplay --data {places.caps} serve --port 8001"),
        ("demo.place.rejects", f"{command} rejects list --limit 3"),
        ("demo.place.import", f"{command} import {places.order_file} --mapping {places.mapping}"),
        ("demo.place.documents", f"{command} plan {places.documents}"),
        ("demo.place.warehouse", places.export),
        ("demo.place.http", addresses) if is_serving else ("demo.place.serve", f"{command} serve"),
        ("demo.place.write_key", places.write_key),
        ("demo.place.secret_key", places.secret_key),
    ]
    if member is not None:
        rows.insert(1, ("demo.place.customer", f"{command} customers show {member.identifier}"))
    for key, value in rows:
        console.print(f"[dim]{set_cell_size(say(key, lang), PLACE_CELLS)}[/]{escape(value)}")
