"""What a marketer would ask first: how large the segments are, and why somebody is in one."""

import time

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.contracts import Member, Size
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListFacts
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import ExplainMember, ListMembers, ListSegments

SHOWN_FIRST = ("high_value", "store_and_web", "weekend_regulars")
"""Segments whose explanation says most, best first; of a small story some are empty."""

MEMBERS_LOOKED_AT = 50
WAIT_SECONDS_MAX = 240.0
COOKIES = frozenset({"anonymous_id", "device"})


def sizes(access: Access) -> tuple[Size, ...]:
    """Return every applied segment with its size now."""
    views = access.ask(segments.list_segments, ListSegments())
    return tuple(
        Size(v.name, v.label, v.criteria, v.answer.count, v.answer.unknown, v.answer.population)
        for v in views
        if v.answer is not None
    )


def wait(access: Access) -> None:
    """Return once every fact stored so far is known to questions, also on a machine that has much else to do.

    Raises AppError `warehouse.behind` when that takes longer than minutes.
    """
    until = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        try:
            access.ask(profiles.list_facts, ListFacts(1))
        except AppError as error:
            if error.code != "warehouse.behind" or time.monotonic() >= until:
                raise
        else:
            return


def member(access: Access, known: tuple[Size, ...], lang: Lang) -> Member | None:
    """Return a member of a segment that has any, with the reasons; rather one who is known by more than a cookie."""
    order = {name: place for place, name in enumerate(SHOWN_FIRST)}
    for size in sorted(known, key=lambda one: order.get(one.name, len(order))):
        if found := access.ask(segments.list_members, ListMembers(size.name, members_max=MEMBERS_LOOKED_AT)):
            chosen = next((one for one in found if one.kind not in COOKIES), found[0])
            ask = ExplainMember(size.criteria, chosen.kind, chosen.value, lang=lang)
            sentences = access.ask(segments.explain_member, ask).sentences
            return Member(size.name, size.label, f"{chosen.kind}:{chosen.value}", sentences)
    return None
