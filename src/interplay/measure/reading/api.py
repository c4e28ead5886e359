"""What the slices of this stage share. It imports numba, so it is imported only where somebody asks."""

from interplay.engine.olap.trails import Numbers
from interplay.measure.reading.checking import check_field, fits
from interplay.measure.reading.columns import Columns, Field
from interplay.measure.reading.facts import NOTHING, Facts, Reads, Rows
from interplay.measure.reading.fitting import NO_VALUE, Hits, Values, among, fitting, hits, keep, type_of, values
from interplay.measure.reading.kept import Listed

__all__ = [
    "NOTHING",
    "NO_VALUE",
    "Columns",
    "Facts",
    "Field",
    "Hits",
    "Listed",
    "Numbers",
    "Reads",
    "Rows",
    "Values",
    "among",
    "check_field",
    "fits",
    "fitting",
    "hits",
    "keep",
    "type_of",
    "values",
]
