"""What customers are compared by: the traits that a brand has declared and that people share with nobody. Pure."""

from collections.abc import Mapping, Sequence

from interplay.criteria.contracts import Physical, Trait, ValueType
from interplay.unify.matching.contracts import Column, ColumnKind, Person
from interplay.unify.matching.names import parts, place, plain

GIVEN, FAMILY = "given_name", "family_name"

KNOWN = {
    "email": ColumnKind.EMAIL,
    "phone": ColumnKind.PHONE,
    "birthday": ColumnKind.DATE,
    "birth_year": ColumnKind.YEAR,
    "city": ColumnKind.PLACE,
    "gender": ColumnKind.FEW,
}
"""Traits of the standard catalogue, and how they are compared."""

SWAPPED_NAMES, EMAIL_NAME_PART = "swapped_names", "email_name_part"
"""Keys that only blocks know: both names in either order, and what stands before the @."""

NAMES = ("name", "first_name", "last_name")
NEVER = frozenset({"avatar", "description", "website", "openid", "unionid", "card_no", *NAMES})
"""Personal traits of the standard catalogue that say little of who somebody is, or that the rules look at."""

IDENTIFIERS = ("email", "phone")
"""Kinds of identifiers that stand in for a trait that a customer does not have."""

FILLED_SHARE_MIN = 0.01
COLUMNS_MAX = 12


def candidates(traits: Mapping[str, Trait]) -> list[Column]:
    """Return the columns that a brand's traits can fill, those of the standard catalogue first.

    A brand's own traits count when they are personal: what is personal tells people apart. Others, such as a tier or
    an interest, are about what somebody does.
    """
    found = [Column(GIVEN, ColumnKind.NAME), Column(FAMILY, ColumnKind.NAME)]
    found += [Column(name, kind) for name, kind in KNOWN.items() if name in traits]
    for name, trait in traits.items():
        if trait.is_personal and name not in NEVER and name not in KNOWN and trait.definition is None:
            if trait.type is ValueType.TEXT:
                found.append(Column(name, ColumnKind.TEXT))
            elif trait.type is ValueType.DATE:
                found.append(Column(name, ColumnKind.DATE))
    return found


def traits_read(columns: Sequence[Column]) -> frozenset[str]:
    """Return the traits that these columns are made of."""
    return frozenset({*NAMES, *(one.name for one in columns)} - {GIVEN, FAMILY})


def values(
    columns: Sequence[Column], traits: Mapping[str, Physical], identifiers: Mapping[str, str]
) -> dict[str, str | int]:
    """Return what one customer is compared by. A birthday is in days since 1970, as in the log."""
    given, family = _names(traits)
    found: dict[str, str | int | None] = {GIVEN: given, FAMILY: family}
    for column in columns:
        if column.name in (GIVEN, FAMILY):
            continue
        value = traits.get(column.name)
        if value is None and column.name in IDENTIFIERS:
            value = identifiers.get(column.name)
        found[column.name] = _value(column.kind, value)
    return {name: value for name, value in found.items() if value is not None}


def usable(columns: Sequence[Column], people: Sequence[Person]) -> list[Column]:
    """Return the columns that enough customers have, with how many; a birthday makes the year of birth superfluous."""
    kept: list[Column] = []
    for column in columns:
        filled = [one.values[column.name] for one in people if column.name in one.values]
        is_enough = len(filled) >= max(2, FILLED_SHARE_MIN * len(people)) and len(set(filled)) > 1
        if is_enough and not (column.kind is ColumnKind.YEAR and any(one.name == "birthday" for one in kept)):
            kept.append(Column(column.name, column.kind, len(filled)))
    return kept[:COLUMNS_MAX]


def blocks(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    """Return groups of columns, the strictest first: only customers who are equal in all of one are compared.

    Two people with one family name are too many to compare in a big list and few in a small one, so loose groups come
    last, and are taken while there is room.
    """
    names = {one.name for one in columns}
    dates = [one.name for one in columns if one.kind is ColumnKind.DATE]
    texts = [one.name for one in columns if one.kind is ColumnKind.TEXT]
    if "email" in names:
        names.add(EMAIL_NAME_PART)
    if names.issuperset((GIVEN, FAMILY)):
        names.add(SWAPPED_NAMES)
    wanted: list[tuple[str, ...]] = [
        ("email",),
        ("phone",),
        (GIVEN, FAMILY, "city"),
        (EMAIL_NAME_PART,),
        (SWAPPED_NAMES,),
    ]
    wanted += [(name, date) for date in dates for name in (GIVEN, FAMILY)]
    wanted += [(text,) for text in texts]
    wanted += [*((date,) for date in dates), (FAMILY, "city"), (GIVEN, "city"), (GIVEN,), (FAMILY,)]
    return [block for block in wanted if names.issuperset(block)]


def _names(traits: Mapping[str, Physical]) -> tuple[str | None, str | None]:
    whole = _text(traits.get("name"))
    given, family = parts(whole) if whole else (None, None)
    return _text(traits.get("first_name")) or given, _text(traits.get("last_name")) or family


def _value(kind: ColumnKind, value: Physical | None) -> str | int | None:
    if kind in (ColumnKind.DATE, ColumnKind.YEAR):
        return value if isinstance(value, int) else None
    if kind is ColumnKind.PLACE:
        return place(value) if isinstance(value, str) else None
    return _text(value)


def _text(value: Physical | None) -> str | None:
    return plain(value) if isinstance(value, str) else None
