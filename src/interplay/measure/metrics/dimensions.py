"""What a dimension is a property of: of the fact (`channel`), or of the customer (`profile.city`, `segment:vip`)."""

TRAIT, SEGMENT = "profile.", "segment:"


def is_of_customers(dimension: str) -> bool:
    """Return whether it is a trait or a segment, and no field of facts."""
    return dimension.startswith((TRAIT, SEGMENT))
