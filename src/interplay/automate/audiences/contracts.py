"""What is exported, and the document of kind `audience`."""

from msgspec import Struct

from interplay.engine.outbox.api import State
from interplay.kernel.ids import Micros

AUDIENCE = "audience"
CUSTOMER = "customer"
COLUMNS = (CUSTOMER, "user_id")
NO_CONSENT_ASKED = "none"
CONTACTS = frozenset({"phone", "email", "openid", "unionid", "device"})
"""Identifiers by which somebody can be reached: they leave the house only with a word about consent."""


class Export(Struct, frozen=True):
    """Whom to export, by criteria or the name of a segment, and what of them.

    Columns: `customer`, kinds of identifiers, traits. `consent` (purpose:channel) leaves out who has not given it;
    `none` says that nobody is to be left out. `at` None is now.
    """

    criteria: str
    columns: tuple[str, ...] = COLUMNS
    consent: str | None = None
    at: Micros | None = None
    is_for_excel: bool = False  # begins with a byte order mark


class AudienceDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `audience`: a segment, sent to a URL again and again."""

    segment: str
    url: str  # https://…, called with PUT
    every: str  # 1h at least: "1d"
    columns: tuple[str, ...] = COLUMNS
    consent: str | None = None  # purpose:channel, or none
    excel: bool = False
    enabled: bool = True
    note: str = ""

    def export(self, at: Micros) -> Export:
        return Export(self.segment, self.columns, self.consent, at, self.excel)


class Plan(Struct, frozen=True, array_like=True):
    """When an audience is due: kept in its timer."""

    name: str
    version: int
    every: int  # microseconds


class Due(Struct, frozen=True, array_like=True):
    """What the outbox keeps of an export: as of when. The file is made when it is sent."""

    at: Micros


class AudienceView(Struct, frozen=True):
    """An audience and how its deliveries stand."""

    name: str
    version: int
    segment: str
    url: str
    every: str
    enabled: bool
    has_secret: bool
    stopped_at: Micros | None
    next_at: Micros | None
    counts: dict[State, int]
    last_failure: str | None = None
