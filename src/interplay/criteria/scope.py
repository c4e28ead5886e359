"""What surrounds a node while it is checked: the words it may use, and the fact whose fields it may read."""

import ast
from collections.abc import Callable
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from interplay.criteria.contracts import Predicate, Vocabulary
from interplay.criteria.errors import CriteriaError
from interplay.criteria.syntax import Source


class Scope(Struct, frozen=True):
    """Passed down while checking; `where=` opens an inner one."""

    source: Source
    vocabulary: Vocabulary
    zone: ZoneInfo
    predicate: "Callable[[Scope, ast.expr], Predicate]"  # the way back up, for conditions inside `where=`
    row: str | None = None  # the fact that `event.x` reads
    in_where: bool = False
    defining_segment: str | None = None
    defining_trait: str | None = None

    def inside(self, fact: str) -> "Scope":
        """Return the scope of `where=` over a fact."""
        return replace(self, row=fact, in_where=True)

    def error(
        self, code: str, node: ast.expr | ast.keyword, /, *, suggestion: str | None = None, **params: object
    ) -> CriteriaError:
        """Return the error at a node, to be raised."""
        return CriteriaError(code, self.source.place(node), suggestion=suggestion, **params)
