"""What the rest may know of members: values, nothing else."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import CustomerId, Micros, SubjectId
from interplay.link.sessions.contracts import Burn

MEMBER_JOINED = "member.joined"
MEMBER_SCANNED = "member.scanned"
SOURCE = "members"


class JoinChannel(StrEnum):
    """Where she joined: the `channel` of facts."""

    WEB = "web"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    STORE = "store"


class Join(Struct, frozen=True):
    """Make the person with these identifiers, (kind, value) strongest first, a member."""

    identifiers: tuple[tuple[str, str], ...]
    channel: JoinChannel
    store: str | None = None
    device: str | None = None  # the till


class Joined(Struct, frozen=True):
    """The number of her card; `is_new` is false for who was a member before."""

    card_no: str
    joined_at: Micros
    is_new: bool


class MemberCode(Struct, frozen=True):
    """What she shows at the till, as a QR code: digits and capitals, so that any scanner types it right."""

    code: str
    expires_at: Micros  # exclusive


class Shown(Struct, frozen=True):
    """What stands in a code, once its signature is found to be ours."""

    session: int
    issued_at: Micros
    digest: bytes  # by which it is remembered once it was used


class Scan(Struct, frozen=True):
    """A till has read a code. The same till may ask again under the same key, since answers get lost."""

    session: int
    subject: SubjectId
    burn: Burn
    store: str
    device: str
    key: str | None = None


class Card(Struct, frozen=True):
    """A card as it is kept: `card` is the subject of its number, `subject` that of who joined."""

    card: SubjectId
    subject: SubjectId
    joined_at: Micros
    channel: JoinChannel
    store: str | None
    device: str | None


class CardView(Struct, frozen=True):
    """A card with its number, and how it was got."""

    card_no: str
    joined_at: Micros
    channel: JoinChannel
    store: str | None
    device: str | None


class MemberView(Struct, frozen=True):
    """A member. People who were found to be one have several cards: all are hers, and the first is the one to print."""

    customer: CustomerId
    cards: tuple[CardView, ...]  # the oldest first
    identifiers: tuple[str, ...]  # kinds that she has, not the values
