"""Which statement counts, and what holds without one. Pure.

The latest statement by (event time, position) counts, whichever of a customer's identifiers it came with. One for every
channel (`*`) and one for this channel are equals: the later one counts.
"""

from interplay.criteria.contracts import Switch, Turn
from interplay.unify.consent.contracts import (
    EVERY_CHANNEL,
    GRANTED,
    WITHDRAWN,
    ConsentDocument,
    Label,
    PurposeDocument,
    Standing,
)


def switch_of(purpose: str, channel: str) -> Switch:
    """Return what turns consent on and off.

    A statement may lack its channel. Then the doubt is the customer's: it withdraws everywhere and grants nowhere.
    """
    on = ("message_channel", (channel, EVERY_CHANNEL))
    off = ("message_channel", (channel, EVERY_CHANNEL, None))
    asked = ("purpose", (purpose,))
    return Switch(Turn(GRANTED, (asked, on)), Turn(WITHDRAWN, (asked, off)))


def default_in(purpose: PurposeDocument, region: str) -> bool:
    """Return whether consent is granted by default for a customer of a region."""
    return purpose.default_by_region.get(_code(region), purpose.default) is Standing.GRANTED


def exceptions(purpose: PurposeDocument) -> tuple[str, ...]:
    """Return every spelling of the regions whose default is not the common one."""
    regions = [region for region, standing in purpose.default_by_region.items() if standing is not purpose.default]
    return tuple(spelled for region in sorted(regions) for spelled in _spellings(region))


def terms(document: ConsentDocument) -> dict[str, Label]:
    """Return everything that can be consented to, `purpose:channel`, with its name for people."""
    return {
        f"{purpose}:{channel}": Label(f"{one.label.zh}·{label.zh}", f"{one.label.en} · {label.en}")
        for purpose, one in document.purposes.items()
        for channel, label in document.channels.items()
    }


def _code(region: str) -> str:
    """Senders write "us" as well as "US"; anything longer names no region that a document can name."""
    return region.upper() if len(region) == 2 and region.isascii() else region


def _spellings(region: str) -> tuple[str, ...]:
    return tuple(sorted({a + b for a in (region[0], region[0].lower()) for b in (region[1], region[1].lower())}))
