"""A segment changes before your eyes: somebody who only looked places an order, through the web shop's door.

She leaves "browsed, not bought" and becomes a new customer. The milliseconds are what this process measured, reading
the log while the server runs.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import closing

from msgspec.structs import replace

from interplay.bootstrap.access import Access
from interplay.engine.log.read import LogReader
from interplay.faces.cli.demo import deeds
from interplay.faces.cli.demo.checking import Identifier
from interplay.faces.cli.demo.choosing import DEVICE, Double, owners
from interplay.faces.cli.demo.contracts import Moment, Move
from interplay.faces.cli.demo.scene import Scene
from interplay.faces.cli.demo.sending import Senders
from interplay.faces.cli.demo.story import Folder
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Position
from interplay.rehearse.brand.api import guest_order
from interplay.rehearse.brand.contracts import Person, Truth
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import (
    ENTERED,
    LEFT,
    Because,
    Change,
    ListLive,
    LiveView,
    SegmentsOf,
    ShowHistory,
)
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Identify
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import MEMBERS_MAX, ExplainMember, ListMembers, ListSegments, SegmentView

LEAVES, ENTERS = "browsed_not_bought", "newcomers"
ONLY_LOOKED = f'segment("{LEAVES}") and count("order.completed") == 0'  # who bought long ago is new no more
CHANGES_LOOKED_AT = 10
LOOK_SECONDS = 0.001
WAIT_SECONDS_MAX = 30.0


class Order:
    """One order of one device: sent, and watched until the log tells what it changed."""

    def __init__(self, access: Access, device: Identifier, person: Person) -> None:
        self._access = access
        self._device = device
        self._person = person
        self._subject = access.ask(profiles.identify, Identify(*device)).subject
        self.answered_milliseconds = 0.0
        self.is_stored = False

    def place(self, senders: Senders, folder: Folder) -> dict[Position, float]:
        """Send the order. Return the positions of what segments told, with milliseconds since it was sent."""
        done = deeds.read(folder.deeds)
        message, self.value = guest_order(len(done.orders) + 1, self._device[1], self._access.home.world.now())
        placed = deeds.Placed(self._person.number, self.value, message)
        deeds.write(folder.deeds, replace(done, orders=(*done.orders, placed)))
        with closing(LogReader(self._access.home.database)) as reader:
            last = reader.last_position()
            begun = time.perf_counter()
            self.is_stored = senders.segment([message], lambda _: None).stored == 1
            self.answered_milliseconds = _since(begun)
            return self._watched(reader, last, begun)

    def _watched(self, reader: LogReader, after: Position, begun: float) -> dict[Position, float]:
        """Read the log until both changes are there; who waited long enough returns what there is."""
        found: dict[Position, float] = {}
        while len(found) < len((LEAVES, ENTERS)) and time.perf_counter() - begun < WAIT_SECONDS_MAX:
            for row in reader.read(after, CHANGES_LOOKED_AT):
                after = row.position
                if row.name in {ENTERED, LEFT} and row.subject == self._subject:
                    found[row.position] = _since(begun)
            time.sleep(LOOK_SECONDS)
        return found


def show(scene: Scene, doubles: Sequence[Double]) -> Moment | None:
    """Let somebody order who has only looked, rather one who can be merged afterwards; None when nobody is left."""
    access = scene.access
    chosen = _chosen(access, scene.truth, doubles)
    if chosen is None:
        return None
    device, person = chosen
    order = Order(access, device, person)
    before, sizes = _segments(access, device), _sizes(access)
    times = order.place(scene.senders, scene.folder)
    now, later = _segments(access, device), _sizes(access)
    changed = sorted(before ^ now)
    moves = tuple(
        _move(access, change, times[change.position], sizes[name], later[name], device, scene.lang)
        for name in changed
        for change in access.ask(memberships.show_history, ShowHistory(name, *device, changes_max=CHANGES_LOOKED_AT))
        if change.position in times
    )
    return Moment(
        device=f"{device[0]}:{device[1]}",
        person=person.name,
        value=order.value,
        answered_milliseconds=order.answered_milliseconds,
        moves=tuple(sorted(moves, key=lambda move: move.milliseconds)),
        claims={
            "stored": order.is_stored,
            "left": LEAVES in before and LEAVES not in now,
            "entered": ENTERS not in before and ENTERS in now,
            "told": {(move.segment, move.fact) for move in moves} == {(LEAVES, LEFT), (ENTERS, ENTERED)},
            "because": all(move.because == Because.FACT for move in moves),
            "explained": all(_is_explained(access, move, device) for move in moves),
        },
    )


def _chosen(access: Access, truth: Truth, doubles: Iterable[Double]) -> tuple[Identifier, Person] | None:
    known = owners(truth)
    found = access.ask(segments.list_members, ListMembers(ONLY_LOOKED, members_max=MEMBERS_MAX))
    devices = [(one.kind, one.value) for one in found if one.kind == DEVICE]
    places = {double.device: place for place, double in enumerate(doubles)}
    best = sorted((one for one in devices if one in known), key=lambda one: places.get(one, len(places)))
    return (best[0], known[best[0]]) if best else None


def _move(
    access: Access, change: Change, milliseconds: float, before: LiveView, after: LiveView, who: Identifier, lang: Lang
) -> Move:
    (criteria,) = (one.criteria for one in _documents(access) if one.name == before.name)
    told = access.ask(segments.explain_member, ExplainMember(criteria, *who, lang=lang))
    return Move(
        before.name, before.label, change.what, change.because or "", milliseconds, before.customers, after.customers,
        told.sentences[0],
    )  # fmt: skip


def _documents(access: Access) -> list[SegmentView]:
    return access.ask(segments.list_segments, ListSegments(is_counted=False))


def _is_explained(access: Access, move: Move, who: Identifier) -> bool:
    answer = access.ask(segments.explain_member, ExplainMember(move.segment, *who)).answer
    return answer is (move.fact == ENTERED)


def _segments(access: Access, who: Identifier) -> set[str]:
    return {one.segment for one in access.ask(memberships.segments_of, SegmentsOf(*who))}


def _sizes(access: Access) -> dict[str, LiveView]:
    return {one.name: one for one in access.ask(memberships.list_live, ListLive())}


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
