"""A report as one HTML file, ready to print: no script, nothing from elsewhere, every number with its definition."""

from collections.abc import Iterable
from html import escape

from interplay.decide.experiments.contracts import ArmMoney, Compared, Effects, Estimate, Unit
from interplay.decide.experiments.contracts import MetricSeen as EffectSeen
from interplay.faces.reports import numbers
from interplay.faces.reports.charts import Bar, Interval, bars, intervals
from interplay.faces.reports.gathering import Report
from interplay.kernel.i18n import Lang, say
from interplay.measure.metrics.contracts import MetricSeen

STYLE = """
:root{color-scheme:light}
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;color:#1f2937;max-width:720px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid #d1d5db}
p.lead{font-size:1.05rem;white-space:pre-line}p.about,dd,figcaption{color:#4b5563}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #e5e7eb;
vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}a{color:#0f766e;text-decoration:none}sup a{font-size:.75em}
figure{margin:1rem 0}dt{font-weight:600;margin-top:.5rem}dd{margin:0}
@media print{body{margin:0;max-width:none;font-size:11pt}h2,figure,tr{break-inside:avoid}a{color:inherit}}
"""


def page(report: Report) -> str:
    """Return the whole file."""
    lang = report.lang
    parts = [_head(report)]
    if report.effects is not None:
        parts.append(_effects(report, report.effects))
    elif report.why_not:
        parts.append(_section("reports.effect", lang, f"<p>{escape(report.why_not)}</p>"))
    parts.append(_section("reports.numbers", lang, _numbers(report)))
    parts += [_by_day(one, lang) for one in report.by_day]
    parts.append(_section("reports.definitions", lang, _definitions(report)))
    code = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(report.title)} · {escape(report.brand)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _head(report: Report) -> str:
    span = say("reports.span", report.lang, since=report.since, until=report.until, at=report.at)
    about = f"{escape(report.about)} · " if report.about else ""
    return (
        f'<p class="about">{escape(report.brand)}</p><h1>{escape(report.title)}</h1><p class="about">{about}{span}</p>'
    )


def _section(key: str, lang: Lang, body: str) -> str:
    return f"<h2>{escape(say(key, lang))}</h2>{body}"


def _effects(report: Report, effects: Effects) -> str:
    lang = report.lang
    lead = f'<p class="lead">{escape(effects.conclusion)}</p>'
    if effects.inconclusive is not None:
        return _section("reports.effect", lang, lead + _link("effects"))
    lifts = [found for metric in effects.metrics for one in metric.compared if (found := _lift(effects, metric, one))]
    picture = f"<figure>{intervals(say('reports.lifts', lang), lifts)}</figure>" if lifts else ""
    rows = [row for metric in effects.metrics for row in _effect_rows(report, effects, metric)]
    head = tuple(say(f"reports.column.{one}", lang) for one in ("metric", "arm", "control", "difference", "relative"))
    money = _table(
        tuple(say(f"reports.column.{one}", lang) for one in ("arm", "cost", "profit")),
        [_money(one, report.currency) for one in effects.money],
    )  # fmt: skip
    sides = _table(
        tuple(say(f"reports.column.{one}", lang) for one in ("arm", "customers", "immature")),
        [(one.arm, f"{one.customers:,}", f"{one.immature:,}") for one in effects.arms],
    )
    return _section("reports.effect", lang, lead + picture + _table(head, rows) + money + sides + _link("effects"))


def _money(one: ArmMoney, currency: str) -> tuple[str, str, str]:
    cost = numbers.plain(one.cost, Unit.MONEY, currency)
    return one.arm, cost, numbers.estimate(one.profit, Unit.MONEY, currency)


def _lift(effects: Effects, metric: EffectSeen, one: Compared) -> Interval | None:
    if not isinstance(one.lift, Estimate):
        return None
    arm = f" · {one.arm}" if len(effects.arms) > 2 else ""
    return Interval(metric.metric + arm, one.lift.value, one.lift.low, one.lift.high, numbers.lift(one.lift))


def _effect_rows(report: Report, effects: Effects, metric: EffectSeen) -> Iterable[tuple[str, ...]]:
    values = {one.arm: numbers.plain(one.value, metric.unit, report.currency) for one in metric.arms}
    for one in metric.compared:
        difference = numbers.estimate(one.difference, metric.unit, report.currency)
        yield metric.metric, values[one.arm], values[effects.control], difference, numbers.lift(one.lift)


def _numbers(report: Report) -> str:
    compared = any(one.compared is not None for one in report.metrics)
    columns = ("metric", "value", "before", "change") if compared else ("metric", "value")
    rows = []
    for one in report.metrics:
        cells = [_named(one), escape(one.why_not) if one.why_not else numbers.figure(one, one.figure)]
        if compared:
            before = one.compared
            cells += ["—", "—"] if before is None else [
                numbers.figure(one, before.figure), "—" if before.change is None else f"{before.change:+.1%}",
            ]  # fmt: skip
        rows.append(cells)
    return _table(tuple(say(f"reports.column.{one}", report.lang) for one in columns), rows, is_html=True)


def _named(one: MetricSeen) -> str:
    return f"{escape(one.label)}<sup>{_link(one.name)}</sup>"


def _by_day(one: MetricSeen, lang: Lang) -> str:
    some = [Bar(point.since[:10], point.figure.value, point.is_open) for point in one.points]
    title = say("reports.by_day", lang, label=one.label)
    return f"<figure>{bars(title, some)}<figcaption>{escape(title)}<sup>{_link(one.name)}</sup></figcaption></figure>"


def _definitions(report: Report) -> str:
    texts = {one.name: (one.label, one.definition) for one in (*report.metrics, *report.by_day)}
    if report.effects is not None:
        texts["effects"] = (say("reports.effect", report.lang), report.effects.definition)
    return "<dl>" + "".join(
        f'<dt id="{escape(name)}">{escape(label)}</dt><dd>{escape(definition)}</dd>'
        for name, (label, definition) in texts.items()
    ) + "</dl>"  # fmt: skip


def _link(name: str) -> str:
    return f'<a href="#{escape(name)}" aria-label="{escape(name)}">▾</a>'


def _table(columns: tuple[str, ...], rows: Iterable[Iterable[str]], *, is_html: bool = False) -> str:
    head = "".join(f"<th{_right(place)}>{escape(one)}</th>" for place, one in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(
            f"<td{_right(place)}>{one if is_html else escape(one)}</td>" for place, one in enumerate(row)
        ) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _right(place: int) -> str:
    return ' class="n"' if place else ""
