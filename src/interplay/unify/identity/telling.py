"""Why identifiers are one customer: the facts that joined them, those that did not, and what staff decided."""

from collections.abc import Sequence
from contextlib import closing
from zoneinfo import ZoneInfo

from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import from_micros
from interplay.unify.identity import store
from interplay.unify.identity.contracts import Decision, DecisionView, Edge, LinkView, Named, WhyView

LINKS_MAX = 1_000


def why(database: Database, keys: SubjectKeys, subject: SubjectId, links_max: int | None = LINKS_MAX) -> WhyView:
    """Return what made a subject's customer: the last links that concern it, in the order of the log; None is all.

    What names somebody who was erased meanwhile is left out.
    """
    customer, subjects = store.customer_and_subjects(database, subject)
    links, decisions = store.told(database, subjects)
    with closing(_Names(database, keys)) as names:
        return WhyView(
            customer,
            tuple(named for one in subjects if (named := names.named(one)) is not None),
            tuple(link for one in links[-(links_max or 0) :] if (link := names.link(one)) is not None),
            tuple(told for one in decisions if (told := names.decision(one)) is not None),
        )


def waiting(database: Database, keys: SubjectKeys, rows_max: int) -> list[LinkView]:
    """Return links that wait for staff to look at them, the oldest first."""
    with closing(_Names(database, keys)) as names:
        links = [names.link(one) for one in store.waiting(database, rows_max)]
    return [link for link in links if link is not None]


def named(database: Database, keys: SubjectKeys, subjects: Sequence[SubjectId]) -> dict[SubjectId, Named]:
    """Return identifiers for people to read; those that were erased are not among them."""
    with closing(_Names(database, keys)) as names:
        return {subject: found for subject in subjects if (found := names.named(subject)) is not None}


def sentences(view: WhyView, lang: Lang, zone: ZoneInfo) -> list[str]:
    """Return the links and decisions as sentences, in the order in which they came."""
    links = [(one.at, _link_sentence(one, lang, zone)) for one in view.links]
    decisions = [(one.at, _decision_sentence(one, lang, zone)) for one in view.decisions]
    return [sentence for _, sentence in sorted([*links, *decisions], key=lambda pair: pair[0])]


def _link_sentence(link: LinkView, lang: Lang, zone: ZoneInfo) -> str:
    key = f"identity.link.{link.outcome.value}"
    names = {"one": _text(link.one, lang), "other": _text(link.other, lang)}
    said = say(key, lang, **names, fact=link.fact, position=link.position, at=_local(link.at, zone))
    return said if link.is_trusted else said + say("identity.untrusted", lang)


def _decision_sentence(decision: DecisionView, lang: Lang, zone: ZoneInfo) -> str:
    key = f"identity.decision.{decision.kind.value}"
    names = {"one": _text(decision.one, lang), "other": _text(decision.other, lang)}
    reason = say("identity.reason", lang, reason=decision.reason) if decision.reason else ""
    return say(key, lang, **names, actor=decision.actor, at=_local(decision.at, zone)) + reason


def _text(one: Named, lang: Lang) -> str:
    return f"{one.kind}:{one.value or say('identity.erased', lang)}"


def _local(at: int, zone: ZoneInfo) -> str:
    return from_micros(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


class _Names:
    """Opens identifiers, each once."""

    def __init__(self, database: Database, keys: SubjectKeys) -> None:
        self._reader = LogReader(database)
        self._keys = keys
        self._known: dict[SubjectId, Named] = {}

    def close(self) -> None:
        self._reader.close()

    def named(self, subject: SubjectId) -> Named | None:
        """Return an identifier, or None where it was erased after the map was read."""
        if subject not in self._known:
            row = self._reader.identifier(subject)
            if row is None:
                return None
            value = self._keys.open(subject, row[1])
            self._known[subject] = Named(subject, row[0], "" if value is None else value.decode())
        return self._known[subject]

    def link(self, edge: Edge) -> LinkView | None:
        """Return an edge with its fact, or None where one of them was erased; a purge leaves what is needed."""
        fact = self._reader.joining(edge.position)
        one, other = self.named(edge.one), self.named(edge.other)
        if fact is None or one is None or other is None:
            return None
        name, at = fact
        return LinkView(one, other, edge.outcome, edge.position, at, name, edge.is_trusted)

    def decision(self, decision: Decision) -> DecisionView | None:
        one, other = self.named(decision.one), self.named(decision.other)
        if one is None or other is None:
            return None
        return DecisionView(
            decision.decision, decision.kind, one, other, decision.decided_at, decision.actor, decision.reason
        )
