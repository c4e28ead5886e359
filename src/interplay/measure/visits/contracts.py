"""What a visit is. It is asked about like a fact: by name, with fields that conditions may read."""

from msgspec.structs import replace

from interplay.collect.facts.contracts import Declared, FactKind
from interplay.criteria.contracts import Field, ValueType
from interplay.kernel.time import MINUTE

VISIT = "visit"

PAUSE = 30 * MINUTE
"""A visit ends when nothing happens for longer than this, as in the field's products."""

PAGES = frozenset({"page.viewed", "screen.viewed"})
CLICKS = frozenset({"element.clicked", "link.opened", "search.performed", "video.started"})
KEYS = frozenset({"order.completed", "customer.registered", "member.joined", "form.submitted"})
"""What somebody came for. It belongs to the visit in which it happens, and begins none: an order may be a store's."""

BROWSED = PAGES | CLICKS | frozenset({
    "page.left", "app.opened", "content.viewed", "product.viewed", "product_list.viewed", "product_list.filtered",
    "cart.added", "cart.removed", "cart.viewed", "wishlist.added", "checkout.started", "video.completed",
    "livestream.entered", "livestream.interacted",
})  # fmt: skip
"""What happens only online: the first of these begins a visit."""


def with_visits(declared: Declared) -> Declared:
    """Return what is declared, with the visit among the facts: it has the fields of every fact, and its own.

    pages: how many were viewed; clicks: on elements, links and searches; keys: how often somebody did what she came
    for; seconds: from its first fact to its last.
    """
    kinds = declared.facts.values()
    common = set.intersection(*(set(kind.fields) for kind in kinds))
    every = {name: field for kind in kinds for name, field in kind.fields.items() if name in common}
    own = {name: Field(name, ValueType.INTEGER) for name in ("pages", "clicks", "keys", "seconds")}
    visit = FactKind(VISIT, "访问", "Visit", {**every, **own})
    return replace(declared, facts={**declared.facts, VISIT: visit})
