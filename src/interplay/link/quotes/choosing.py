"""What an offer is about, read once: which lines, and which places and people."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from interplay.link.quotes.contracts import Choice, Line

CHOICES_KNOWN_MAX = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Among:
    """A choice as sets."""

    only: frozenset[str]
    but_not: frozenset[str]

    @classmethod
    def of(cls, choice: Choice) -> "Among":
        return cls(frozenset(choice.only), frozenset(choice.but_not))

    @property
    def is_any(self) -> bool:
        return not (self.only or self.but_not)

    def has(self, name: str) -> bool:
        return (not self.only or name in self.only) and name not in self.but_not

    def has_one_of(self, names: Iterable[str]) -> bool:
        """Say whether something of several names is chosen: one of them is in, and none is out."""
        return (not self.only or not self.only.isdisjoint(names)) and self.but_not.isdisjoint(names)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Products and categories. A line is taken when one of its names is in, and none of them is out.

    Equal choices are one object (see `chosen`), so a set of promotions looks at each only once.
    """

    products: Among  # a product and its SKU are one namespace
    categories: Among
    is_every_line: bool

    def takes(self, line: Line) -> bool:
        """Say whether the line is eligible."""
        names = (line.product, line.sku)
        if not (self.products.but_not.isdisjoint(names) and self.categories.but_not.isdisjoint(line.categories)):
            return False
        if not (self.products.only or self.categories.only):
            return True
        return not (self.products.only.isdisjoint(names) and self.categories.only.isdisjoint(line.categories))


@lru_cache(maxsize=CHOICES_KNOWN_MAX)
def chosen(products: Choice, categories: Choice) -> Chosen:
    """Return a choice of lines."""
    names, kinds = Among.of(products), Among.of(categories)
    return Chosen(names, kinds, names.is_any and kinds.is_any)
