"""The documents of a brand whose words are those of the random criteria, and the same words as a vocabulary."""

from interplay.criteria.contracts import ValueType
from interplay.understand.segments import api as segments
from tests.criteria.strategies import DECLARED, UNDECLARED, Words

LABEL = {"zh": "某", "en": "Some"}
FIELDS = {
    "channel": ValueType.TEXT,
    "quantity": ValueType.INTEGER,
    "ratio": ValueType.DECIMAL,
    "value": ValueType.MONEY,
    "is_gift": ValueType.BOOLEAN,
    "due_at": ValueType.TIME,
    "visit_on": ValueType.DATE,
    "labels": ValueType.TEXTS,
}
TRAITS = {f"t_{kind.value}": kind for kind in ValueType}

FACTS = {
    "kind": "facts",
    "name": "words",
    "fields": {name: {"type": kind.value, "label": LABEL} for name, kind in FIELDS.items()},
    "facts": {name: {"label": LABEL, "fields": list(FIELDS)} for name in DECLARED},
    "traits": {name: {"type": kind.value, "label": LABEL} for name, kind in TRAITS.items()}
    | {"secret": {"type": "text", "label": LABEL, "personal": True}},
}
COMPUTED = [
    {"kind": "trait", "name": "computed_0", "value": 'count("order.completed", within="5d")', "label": LABEL},
    {"kind": "trait", "name": "computed_1", "value": 'last("cart.added", "channel")', "label": LABEL},
]
SEGMENTS = [
    {"kind": "segment", "name": "segment 0", "criteria": "profile.computed_0 >= 2", "label": LABEL},
    {
        "kind": "segment",
        "name": "segment 1",
        "criteria": 'not segment("segment 0") and profile.t_boolean',
        "label": LABEL,
    },
]
DOCUMENTS = [FACTS, *COMPUTED, *SEGMENTS]


def words_of(store) -> Words:
    """Return what criteria may be drawn from: the declared words of this store, without the standard ones."""
    known = segments.vocabulary(store.reading, store.reading.declarations.current())
    return Words(
        declared={fact: {name: known.fields(fact)[name] for name in FIELDS} for fact in DECLARED},
        received=(UNDECLARED,),
        known_traits={name: known.traits()[name] for name in [*TRAITS, "secret", "computed_0", "computed_1"]},
        known_segments=dict(known.segments()),
    )
