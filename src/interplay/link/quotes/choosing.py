"""Which lines an offer is about: the choice of products and categories, read once."""

from collections.abc import Collection
from dataclasses import dataclass

from interplay.link.quotes.contracts import Choice, Line


@dataclass(frozen=True, slots=True)
class Chosen:
    """Products and categories as sets. A line is taken when one of its names is in, and none of them is out."""

    products: frozenset[str]
    categories: frozenset[str]
    products_out: frozenset[str]
    categories_out: frozenset[str]

    @classmethod
    def of(cls, products: Choice, categories: Choice) -> "Chosen":
        chosen = (products.only, categories.only, products.but_not, categories.but_not)
        return cls(*map(frozenset, chosen))

    @property
    def is_every_line(self) -> bool:
        return not (self.products or self.categories or self.products_out or self.categories_out)

    def takes(self, line: Line) -> bool:
        """Say whether the line is eligible; a product and its SKU are one namespace."""
        if line.product in self.products_out or line.sku in self.products_out:
            return False
        if not self.categories_out.isdisjoint(line.categories):
            return False
        if not (self.products or self.categories):
            return True
        return (
            line.product in self.products
            or line.sku in self.products
            or not self.categories.isdisjoint(line.categories)
        )


def is_chosen(choice: Choice, names: Collection[str]) -> bool:
    """Say whether somebody or something with these names is chosen."""
    return (not choice.only or any(name in names for name in choice.only)) and not any(
        name in names for name in choice.but_not
    )
