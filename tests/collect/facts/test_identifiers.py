import pytest

from interplay.collect.facts.api import identifier, strongest_first
from interplay.collect.facts.contracts import Identifier, IdentifierKind


@pytest.mark.parametrize(
    ("kind", "value", "region", "found"),
    [
        ("phone", "13800138000", "CN", ("phone", "+8613800138000")),
        ("phone", "+86 138-0013-8000", "US", ("phone", "+8613800138000")),
        ("phone", "(415) 555-2671", "US", ("phone", "+14155552671")),
        ("phone", "123", "CN", None),
        ("phone", "", "CN", None),
        ("email", " A.B@Example.com ", "CN", ("email", "a.b@example.com")),
        ("email", "a@b", "CN", None),
        ("email", "a b@example.com", "CN", None),
        ("user_id", " U1 ", "CN", ("user_id", "U1")),
        ("user_id", "x" * 255, "CN", ("user_id", "x" * 255)),
        ("user_id", "x" * 256, "CN", None),
        ("ios.idfa", "A-1", "CN", ("ext:ios.idfa", "A-1")),
        ("ext:crm", "7", "CN", ("ext:crm", "7")),
        ("my system", "7", "CN", None),
        ("", "7", "CN", None),
    ],
)
def test_an_identifier_has_one_spelling_or_is_none(kind, value, region, found):
    assert identifier(kind, value, region) == (None if found is None else Identifier(*found))


def test_a_kind_is_plain_text():
    assert type(identifier(IdentifierKind.PHONE, "13800138000", "CN").kind) is str


def test_the_strongest_identifier_comes_first_and_each_only_once():
    weak, strong = Identifier("anonymous_id", "a"), Identifier("user_id", "u")
    outside, phone = Identifier("ext:crm", "7"), Identifier("phone", "+8613800138000")
    assert strongest_first([weak, outside, strong, phone, weak]) == (strong, phone, outside, weak)
