"""Metrics: the catalogue, and what its numbers are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, print_table, reach, says_mistakes
from interplay.faces.reports.numbers import figure, number
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import (
    Against,
    AskMetrics,
    By,
    Compared,
    ListMetrics,
    MetricGroup,
    MetricSeen,
)

metrics_app = typer.Typer(help="Numbers with a definition: the catalogue, its values, templates for outside figures.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of `metrics list`.")]
InLang = Annotated[str, typer.Option("--lang", help="zh or en")]


def register(app: typer.Typer) -> None:
    app.add_typer(metrics_app, name="metrics")
    metrics_app.command("list")(list_metrics)
    metrics_app.command()(show)
    metrics_app.command()(template)


@says_mistakes
def list_metrics(
    context: typer.Context,
    group: Annotated[str, typer.Option(help="traffic, content, occasions, sales, …")] = "",
    lang: InLang = "en",
    as_json: AsJson = False,
) -> None:
    """List the metrics there are, with what each counts."""
    with reach(context) as access:
        found = access.ask(metrics.list_metrics, ListMetrics(group, _spoken(lang)))
    if as_json:
        print_json(found)
        return
    rows = ((one.group, one.name, one.label, one.unit.value, one.definition) for one in found)
    print_table(("group", "name", "label", "unit", "definition"), rows)


@says_mistakes
def show(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All when left out.")] = None,
    by: Annotated[By | None, typer.Option(help="A number for each hour, day, week or month.")] = None,
    dimension: Annotated[
        list[str] | None,
        typer.Option(help="A field of the facts, profile.TRAIT or segment:NAME to group by. Up to three."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only facts with this value of a field: channel=web. Repeatable.")
    ] = None,
    segment: Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="From this time on; the last 30 days.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="And before this time; now.")] = None,
    against: Annotated[Against | None, typer.Option(help="Beside it the time before, or a year ago.")] = None,
    target: Annotated[float | None, typer.Option(help="What is aimed at over the whole time.")] = None,
    dialect: Annotated[str, typer.Option(help="Another way of counting it: ga4, per_person, …")] = "",
    at: At = None,
    lang: InLang = "en",
    as_json: AsJson = False,
) -> None:
    """Show what metrics are: in all, by time, by group, beside another period or a target."""
    if target is not None and len(names or ()) != 1:
        raise AppError("metrics.target", given=target)
    with reach(context) as access:
        targets = {} if target is None else dict.fromkeys(names or (), target)
        ask = AskMetrics(
            tuple(names or ()), instant(access, since), instant(access, until), by, tuple(dimension or ()), pairs(only),
            segment, against, dialect, targets, instant(access, at), _spoken(lang),
        )  # fmt: skip
        found = access.ask(metrics.ask, ask)
    if as_json:
        print_json(found)
    elif len(found) == 1 or by or dimension:
        for number, one in enumerate(found):
            console.print("\n" * bool(number), end="")
            _show_one(one, tuple(dimension or ()))
    else:
        _show_many(found)


@says_mistakes
def template(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Several with a comma between; `all` for every one.")],
    out: Annotated[Path | None, typer.Option(help="Write NAME.yaml and NAME.csv into this folder.")] = None,
) -> None:
    """Print how outside figures come in: a mapping, and the first lines of a file that it reads."""
    names = metrics.template_names() if name == "all" else [one.strip() for one in name.split(",")]
    for one in map(metrics.template, names):
        if out is None:
            console.print(f"# {one.name}.yaml\n{one.mapping}\n# {one.name}.csv\n{one.example}", markup=False)
            continue
        try:
            out.mkdir(parents=True, exist_ok=True)
            for ending, text in (("yaml", one.mapping), ("csv", one.example)):
                (out / f"{one.name}.{ending}").write_text(text, "utf-8")
        except OSError as wrong:
            raise AppError("cli.file", given=str(out), reason=str(wrong.strerror)) from None
        console.print(f"{out / one.name}.yaml and .csv; import FILE --mapping {one.name}.yaml", markup=False)


def pairs(given: list[str] | None) -> dict[str, str]:
    """Return the fields and values of `channel=web`. Raises AppError `metrics.pair`."""
    found = {}
    for one in given or ():
        field, equals, value = one.partition("=")
        if not (field and equals):
            raise AppError("metrics.pair", given=one)
        found[field.strip()] = value.strip()
    return found


def _spoken(lang: str) -> Lang:
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    return lang


def _show_one(found: MetricSeen, dimensions: tuple[str, ...]) -> None:
    console.print(f"{found.label}: {figure(found, found.figure)}{_beside(found)}", markup=False)
    if found.why_not:
        console.print(found.why_not, markup=False)
    if found.points:
        rows = ((one.since, figure(found, one.figure), "open" if one.is_open else "") for one in found.points)
        print_table(("from", found.name, ""), rows)
    if found.groups:
        compared = ("change",) if found.compared else ()
        print_table((*dimensions, found.name, *compared), _groups(found, dimensions))
        if found.points:
            print_table((*dimensions, "from", found.name), _series(found, dimensions))
    console.print(found.definition, markup=False)


def _values(one: MetricGroup, dimensions: tuple[str, ...]) -> list[str]:
    return ["(the rest)", *("" for _ in dimensions[1:])] if one.is_rest else [value or "—" for value in one.values]


def _series(found: MetricSeen, dimensions: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for one in found.groups:
        for point in one.points:
            yield (*_values(one, dimensions), point.since, figure(found, point.figure))


def _groups(found: MetricSeen, dimensions: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for one in found.groups:
        yield (
            *_values(one, dimensions),
            figure(found, one.figure),
            *((_change(one.compared),) if found.compared else ()),
        )


def _show_many(found: list[MetricSeen]) -> None:
    compared = next((one.compared for one in found if one.compared is not None), None)
    rows = (
        (one.group, one.name, one.label, one.why_not or figure(one, one.figure), *(_before(one) if compared else ()))
        for one in found
    )
    print_table(("group", "name", "label", "value", *(("before", "change") if compared else ())), rows)
    console.print(f"from {found[0].since} to {found[0].until}", markup=False)
    if compared:
        console.print(f"before: from {compared.since} to {compared.until}", markup=False)


def _before(found: MetricSeen) -> tuple[str, ...]:
    return ("", "") if found.compared is None else (figure(found, found.compared.figure), _change(found.compared))


def _beside(found: MetricSeen) -> str:
    parts = []
    if (one := found.compared) is not None:
        parts.append(f"; {figure(found, one.figure)} from {one.since} to {one.until}, {_change(one)}")
    if found.target is not None:
        reached = "" if found.of_target is None else f", {found.of_target:.0%} of it"
        parts.append(f"; target {number(found, found.target)}{reached}")
    return "".join(parts)


def _change(compared: Compared | None) -> str:
    return "—" if compared is None or compared.change is None else f"{compared.change:+.1%}"
