"""What the slices of this stage share. It imports numba, so it is imported only where somebody asks."""

from interplay.measure.reading.checking import check_field, fits
from interplay.measure.reading.facts import NOTHING, Facts, Numbers, Rows
from interplay.measure.reading.fitting import NO_VALUE, Hits, Values, among, fitting, hits, keep, type_of, values

__all__ = [
    "NOTHING",
    "NO_VALUE",
    "Facts",
    "Hits",
    "Numbers",
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
