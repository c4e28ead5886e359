"""Engines × features as parameters of tests, with the markers of the support table."""

from collections.abc import Iterable
from typing import Any

import pytest

from tools.reference.support import MARKS, Engine, Feature


def on_every_engine(features: Iterable[Feature]) -> list[Any]:
    """Return (engine, feature) of all; what is marked has to fail."""
    return [pytest.param(engine, feature, marks=_marks(engine, feature)) for feature in features for engine in Engine]


def of_engine(engine: Engine) -> list[pytest.MarkDecorator]:
    """Return what every test of an engine is marked with."""
    if engine is not Engine.SPARK:
        return []
    return [pytest.mark.slow, *map(pytest.mark.filterwarnings, _WARNINGS)]


_WARNINGS = (
    "ignore:PySpark does not yet fully support pandas",
    "ignore:The copy keyword is",
    "ignore:The 'future.infer",
)
"""Of a pandas newer than pyspark's; what passes between them here is Arrow and a few ids."""


def _marks(engine: Engine, feature: Feature) -> list[pytest.MarkDecorator]:
    marks = of_engine(engine)
    if (mark := MARKS.get((feature, engine))) is not None:
        marks.append(pytest.mark.xfail(strict=True, reason=f"{mark.kind}: {mark.reason}"))
    return marks
