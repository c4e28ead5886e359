"""Which metrics there are: those that come with Interplay and the brand's own, with their formulas read."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import yaml
from msgspec import Struct

from interplay.engine.documents.contracts import Document
from interplay.kernel.errors import AppError
from interplay.kernel.spelling import closest
from interplay.measure.metrics.contracts import METRIC, Formula, Metric, MetricDocument
from interplay.measure.metrics.formula import Find, read_formula

ABBREVIATIONS = {
    "uv": "visitors", "pv": "page_views", "dau": "active_people", "aov": "average_order_value", "gmv": "sales",
    "ctr": "click_rate", "cac": "acquisition_cost", "csat": "satisfaction",
}  # fmt: skip
"""What marketers call some of them."""


class _Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of `standard/`."""

    group: str
    metrics: dict[str, MetricDocument]


@cache
def standard() -> Mapping[str, MetricDocument]:
    """Return the metrics that come with Interplay, by name, in the order in which they are listed."""
    folder = files("interplay.measure.metrics").joinpath("standard")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)
    found: dict[str, MetricDocument] = {}
    for path in paths:
        part = msgspec.convert(yaml.safe_load(path.read_bytes()), _Group)
        found.update((name, msgspec.structs.replace(one, group=part.group)) for name, one in part.metrics.items())
    return found


def metrics(documents: Iterable[Document]) -> dict[str, Metric]:
    """Return all metrics; the brand's own stand in the place of one with the same name. Raises AppError `metrics.*`."""
    own = {one.name: msgspec.convert(one.content, MetricDocument) for one in documents if one.kind == METRIC}
    every = {**standard(), **own}
    return {name: metric(name, every, name in own) for name in every}


def metric(name: str, every: Mapping[str, MetricDocument], is_own: bool) -> Metric:
    """Return a metric with its formulas read; others that it names are put in their place."""
    document = every[name]
    find = finder(every, (name,))
    dialects = {dialect: read_formula(one.formula, find) for dialect, one in document.dialects.items()}
    return Metric(name, document, read_formula(document.formula, find), dialects, is_own)


def unknown(name: str, known: Iterable[str]) -> AppError:
    """Return the error that there is no such metric, and which may be meant: by its usual abbreviation too."""
    meant = ABBREVIATIONS.get(name.casefold()) or closest(name, list(known)) or ""
    return AppError("metrics.unknown", status=404, given=name, meant=meant)


def finder(every: Mapping[str, MetricDocument], path: Sequence[str]) -> Find:
    """Return what reads the formulas of other metrics; `path`: the metrics through which one came there."""

    def find(name: str) -> Formula:
        if name not in every:
            raise unknown(name, every)
        if name in path:
            raise AppError("metrics.circle", names=" → ".join((*path, name)))
        return read_formula(every[name].formula, finder(every, (*path, name)))

    return find
