"""Charts as pictures: SVG that needs nothing from elsewhere, prints sharply and says in words what it shows."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 160, 8, 20
ROW = 44
INK, SOFT, ACCENT, ZERO = "#1f2937", "#d1d5db", "#0f766e", "#9ca3af"


class Bar(NamedTuple):
    """A stretch of time and its number; None: it has none."""

    label: str
    value: float | None
    is_open: bool


class Interval(NamedTuple):
    """An estimate with its bounds, and how it is written."""

    label: str
    value: float
    low: float
    high: float
    text: str


def bars(title: str, some: Sequence[Bar]) -> str:
    """Return a bar for each stretch; one that is not over yet is lighter."""
    most = max((one.value or 0 for one in some), default=0) or 1
    width = (WIDTH - 2 * LEFT) / max(len(some), 1)
    body = "".join(
        f'<rect x="{LEFT + place * width + 0.5:.1f}" y="{_top(one.value or 0, most):.1f}" '
        f'width="{max(width - 1, 0.5):.1f}" height="{(one.value or 0) / most * (HEIGHT - BOTTOM - 16):.1f}" '
        f'fill="{SOFT if one.is_open else ACCENT}"><title>{escape(one.label)}: {one.value or 0:,.6g}</title></rect>'
        for place, one in enumerate(some)
    )
    ends = "".join(
        f'<text x="{x}" y="{HEIGHT - 4}" text-anchor="{anchor}" font-size="11" fill="{INK}">{escape(text)}</text>'
        for x, anchor, text in (
            (LEFT, "start", some[0].label if some else ""), (WIDTH - LEFT, "end", some[-1].label if some else ""),
        )
    )  # fmt: skip
    top = f'<text x="{LEFT}" y="11" font-size="11" fill="{INK}">{most:,.6g}</text>'
    return _svg(title, HEIGHT, f"{top}{body}{ends}")


def intervals(title: str, some: Sequence[Interval]) -> str:
    """Return each estimate as a dot with its interval, on one scale with 0 marked."""
    low, high = min([0.0, *(one.low for one in some)]), max([0.0, *(one.high for one in some)])
    wide = (high - low) or 1.0

    def x(value: float) -> float:
        return LEFT + 200 + (value - low) / wide * (WIDTH - 2 * LEFT - 220)

    zero = f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{len(some) * ROW}" stroke="{ZERO}" stroke-dasharray="3"/>'
    body = "".join(_interval(one, x(one.value), x(one.low), x(one.high), place) for place, one in enumerate(some))
    return _svg(title, max(len(some), 1) * ROW, zero + body)


def _interval(one: Interval, value: float, low: float, high: float, place: int) -> str:
    y = place * ROW + ROW / 2
    return (
        f'<text x="{LEFT}" y="{y - 4:.0f}" font-size="12" fill="{INK}">{escape(one.label)}</text>'
        f'<text x="{LEFT}" y="{y + 12:.0f}" font-size="11" fill="{INK}">{escape(one.text)}</text>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{ACCENT}" stroke-width="3"/>'
        f'<circle cx="{value:.1f}" cy="{y}" r="5" fill="{ACCENT}"/>'
    )


def _top(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - 16)


def _svg(title: str, height: int, body: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{body}</svg>'
    )
