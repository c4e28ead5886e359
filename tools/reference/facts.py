"""`facts.md`, `traits.md`: the catalogue that comes with Interplay."""

from collections.abc import Mapping

from interplay.collect.facts.api import standard_documents
from interplay.collect.facts.contracts import IdentifierKind
from interplay.collect.facts.documents import FactDocument, FieldDocument
from tools.reference.markdown import code, codes, page, table

IDENTIFIERS = {
    IdentifierKind.USER_ID: ("your own system's id of a customer", "您系统里的用户编号"),
    IdentifierKind.UNIONID: ("WeChat unionid", "微信 UnionID"),
    IdentifierKind.CARD_NO: ("the number of a member's card", "会员卡号"),
    IdentifierKind.PHONE: ("a phone number, kept as E.164", "手机号"),
    IdentifierKind.EMAIL: ("an e-mail address, kept in lower case", "邮箱"),
    IdentifierKind.OPENID: ("WeChat openid", "微信 OpenID"),
    IdentifierKind.DEVICE: ("a device's id", "设备编号"),
    IdentifierKind.ANONYMOUS_ID: ("a visitor's id, from a cookie", "匿名访客编号"),
}


def facts_page() -> str:
    """Return the facts and their fields."""
    documents = standard_documents()
    facts = {name: fact for document in documents for name, fact in document.facts.items()}
    fields = {name: field for document in documents for name, field in document.fields.items()}
    common = [name for document in documents for name in document.every_fact]
    introduction = (
        f"{len(facts)} facts that everybody knows; [declare your own](../guides/own-facts.md) beside them. Senders may "
        "use our name, Segment's or the Sensors SDKs'. Every fact may also carry: " + codes(common) + "."
    )
    return page("Facts", introduction, _facts(facts), "## Fields", _intro_of_fields(), _fields(fields))


def traits_page() -> str:
    """Return the traits and the kinds of identifiers."""
    traits = {name: trait for document in standard_documents() for name, trait in document.traits.items()}
    introduction = (
        "What is known of a customer: `profile.x` in [criteria](criteria.md). "
        "A personal trait may only be tested for `missing`."
    )
    kinds = table(
        ["kind", "", "中文"],
        [
            *([code(k.value), *IDENTIFIERS[k]] for k in IdentifierKind),
            ["`ext:<system>`", "an id of another system", "其他系统的编号"],
        ],
    )
    identifiers = (
        "A fact's subject is its strongest identifier; this is the order. "
        "Two identifiers in one fact belong to one customer."
    )
    return page("Traits and identifiers", introduction, _fields(traits), "## Identifiers", identifiers, kinds)


def _facts(facts: Mapping[str, FactDocument]) -> str:
    return table(
        ["fact", "", "中文", "fields", "Segment", "Sensors 神策"],
        [
            [code(name), fact.label.en, fact.label.zh, codes(fact.fields), ", ".join(fact.segment), codes(fact.sensors)]
            for name, fact in sorted(facts.items())
        ],
    )


def _intro_of_fields() -> str:
    return (
        "A field name has one type in all facts of a brand. *Personal* fields stay in the sealed body and have no "
        "column in the warehouse. A *code* is a number that is a name: it is kept as text."
    )


def _fields(fields: Mapping[str, FieldDocument]) -> str:
    return table(
        ["name", "type", "", "中文", "personal", "received as"],
        [
            [
                code(name),
                _type(field),
                field.label.en,
                field.label.zh,
                "yes" if field.personal else "",
                codes(field.received_as),
            ]
            for name, field in sorted(fields.items())
        ],
    )


def _type(field: FieldDocument) -> str:
    return f"{field.type.value}, a code" if field.code else field.type.value
