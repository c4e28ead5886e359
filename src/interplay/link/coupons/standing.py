"""What the use cases work with: acts, keys, the moment, and the templates and promotions as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from interplay.acts.api import Acts
from interplay.engine.documents import api as documents
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.link.coupons.codes import normalized
from interplay.link.coupons.contracts import COUPON, POINTS_UNIT, POOL, Codes, Template
from interplay.link.coupons.documents import read
from interplay.link.points import api as points
from interplay.link.points.contracts import PointsDocument
from interplay.link.quotes import api as quotes
from interplay.link.quotes.contracts import PointsTerms
from interplay.link.tiers import api as tiers
from interplay.link.tiers.contracts import LadderDocument


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every version of every template, and the promotions of today."""

    revision: int
    promotions: quotes.Promotions
    current: dict[str, Template]
    versions: dict[tuple[str, int], Template]
    shared: dict[str, Template]  # by normalized code
    points: dict[str, PointsDocument]
    ladders: dict[str, LadderDocument]

    def template(self, name: str) -> Template:
        """Return the current version of a template. Raises AppError `coupons.template` (404)."""
        if (found := self.current.get(name)) is None:
            raise AppError("coupons.template", status=404, given=name)
        return found

    def points_terms(self) -> PointsTerms:
        """Return what points are worth at the till. Raises AppError `coupons.points_worth` (409)."""
        if (unit := self.points.get(POINTS_UNIT)) is None:
            return PointsTerms()
        if unit.worth is None or not unit.worth.money:
            raise AppError("coupons.points_worth", status=409, unit=POINTS_UNIT)
        return PointsTerms(per=unit.worth.points, worth=unit.worth.money)

    def of_pool(self, pool: str) -> Template | None:
        """Return the version that a unit of this pool was given under."""
        name, _, version = pool.removeprefix(POOL).rpartition("@")
        return self.versions.get((name, int(version))) if pool.startswith(POOL) and version.isdigit() else None


class Coupons:
    """One for each data directory: it remembers the templates of a revision of the documents."""

    def __init__(self, acts: Acts, database: Database, keys: SubjectKeys, world: World) -> None:
        self.acts = acts
        self.database = database
        self.digest = keys.digest
        self.world = world
        self._known: Catalogue | None = None

    @property
    def brand(self) -> Brand:
        return self.world.brand

    def now(self) -> Micros:
        return self.world.now()

    def catalogue(self) -> Catalogue:
        """Return the templates as they stand."""
        revision = documents.revision(self.database)
        known = self._known
        if known is None or known.revision != revision:
            known = self._known = self._read(revision)
        return known

    def _read(self, revision: int) -> Catalogue:
        every = [Template(one.name, one.version, read(one)) for one in documents.versions(self.database, COUPON)]
        current: dict[str, Template] = {}
        for one in sorted(every, key=lambda one: one.version):
            current[one.name] = one
        today = documents.current(self.database)
        return Catalogue(
            revision,
            quotes.promotions(today, self.brand),
            current,
            {(one.name, one.version): _as_given_today(one, current[one.name]) for one in every},
            dict(_shared(current.values())),
            points.units(today),
            tiers.ladders(today),
        )


_OF_TODAY = ("enabled", "total_max", "per_day_max", "per_customer_max", "budget", "claimable", "claimers")
"""What a coupon does not keep: whether more are given, to whom, how many, and what all of them may cost."""


def _as_given_today(one: Template, current: Template) -> Template:
    """Return a version as it is given by now, so that stopping a template stops its codes of earlier versions too."""
    today = {part: getattr(current.document, part) for part in _OF_TODAY}
    return msgspec.structs.replace(one, document=msgspec.structs.replace(one.document, **today))


def _shared(templates: Iterable[Template]) -> Iterable[tuple[str, Template]]:
    for one in templates:
        if one.document.codes is Codes.SHARED:
            yield normalized(one.document.code), one
