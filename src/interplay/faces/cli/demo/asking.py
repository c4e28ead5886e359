"""What a marketer would ask first: how large the segments are, and why somebody is in one."""

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.contracts import Member, Size
from interplay.kernel.i18n import Lang
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import ExplainMember, ListMembers, ListSegments

SHOWN_FIRST = ("high_value", "store_and_web", "weekend_regulars")
"""Segments whose explanation says most, best first; of a small story some are empty."""


def sizes(access: Access) -> tuple[Size, ...]:
    """Return every applied segment with its size now."""
    views = access.ask(segments.list_segments, ListSegments())
    return tuple(
        Size(v.name, v.label, v.answer.count, v.answer.unknown, v.answer.population)
        for v in views
        if v.answer is not None
    )


def member(access: Access, known: tuple[Size, ...], lang: Lang) -> Member | None:
    """Return the first member of a segment that has any, with the reasons."""
    order = {name: place for place, name in enumerate(SHOWN_FIRST)}
    for size in sorted(known, key=lambda one: order.get(one.name, len(order))):
        if found := access.ask(segments.list_members, ListMembers(size.name, members_max=1)):
            kind, value = found[0].kind, found[0].value
            explained = access.ask(segments.explain_member, ExplainMember(size.name, kind, value, lang=lang))
            return Member(size.name, size.label, f"{kind}:{value}", explained.sentences)
    return None
