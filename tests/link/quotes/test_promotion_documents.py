"""What a document of kind `promotion` may say: each mistake at its place, and what becomes of it."""

import pytest

from interplay.bootstrap import kinds
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import MistakesError
from interplay.kernel.errors import AppError
from interplay.link.quotes import api
from interplay.link.quotes.contracts import PointsTerms, Refusal
from tests.link.quotes.shop import BRAND, basket, line, off_by, priced, why_not
from tests.stores import Store

TERMS = {"benefit": {"amount": {"off_amount": 5000}}, "spend_min": 20000}
PROMOTION = {
    "kind": "promotion", "name": "spring", "label": {"zh": "满200减50", "en": "50 off 200"}, "funder": "brand",
    "terms": TERMS,
}  # fmt: skip
SEGMENT = {
    "kind": "segment", "name": "new", "label": {"zh": "新客", "en": "New"}, "criteria": 'count("order.completed") == 0',
}  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("promotions") / "data") as opened:
        opened.apply(SEGMENT)
        yield opened


def mistakes(store, terms=None, **more):
    try:
        store.apply({**PROMOTION, "terms": {**TERMS, **(terms or {})}, **more})
    except MistakesError as told:
        return {one.params["place"]: one.text("en") for one in told.mistakes}
    except AppError as told:
        return {told.params["place"]: told.text("en")}
    return {}


@pytest.mark.parametrize(
    ("terms", "place", "words"),
    [
        ({"benefit": {}}, "benefit", "exactly one of amount, percent"),
        ({"benefit": {"amount": {"off_amount": 1}, "gift": {"product": "mug"}}}, "benefit", "there are: amount, gift"),
        ({"benefit": {"amount": {"off_amount": 0}}}, "benefit.amount.off_amount", "0 is not an integer from 1"),
        (
            {"benefit": {"amount": {"off_amount": 10**13}}},
            "benefit.amount.off_amount",
            "not an integer from 1 to 1000000000000",
        ),
        ({"benefit": {"amount": {"off_amount": 49.9}}}, "benefit.amount.off_amount", "integer"),
        ({"benefit": {"amout": {"off_amount": 1}}}, "benefit.amout", "amount"),
        ({"benefit": {"amount": {"off_amount": 1, "times_max": 0}}}, "benefit.amount.times_max", "0 is not"),
        (
            {"benefit": {"amount": {"off_amount": 1, "times_max": None}}, "spend_min": 0},
            "benefit.amount.times_max",
            "spend_min",
        ),
        (
            {"benefit": {"gift": {"product": "mug", "times_max": 2}}, "spend_min": 0},
            "benefit.gift.times_max",
            "spend_min",
        ),
        ({"benefit": {"gift": {"product": ""}}}, "benefit.gift.product", "empty"),
        ({"benefit": {"percent": {"off_percent": 101}}}, "benefit.percent.off_percent", "not a percentage"),
        ({"benefit": {"percent": {"off_percent": "a lot"}}}, "benefit.percent.off_percent", "not a percentage"),
        ({"benefit": {"percent": {"off_percent": 10, "off_max": 0}}}, "benefit.percent.off_max", "0 is not"),
        ({"benefit": {"exchange": {"products": [""]}}}, "benefit.exchange.products[0]", "empty"),
        ({"benefit": {"exchange": {"quantity": 0}}}, "benefit.exchange.quantity", "0 is not"),
        ({"benefit": {"buy_get": {"buy": 0}}}, "benefit.buy_get.buy", "0 is not"),
        ({"benefit": {"count_for_price": {"count": 3, "price": -1}}}, "benefit.count_for_price.price", "-1 is not"),
        ({"benefit": {"nth": {"nth": 1, "off_percent": 50}}}, "benefit.nth.nth", "1 is not an integer from 2"),
        ({"benefit": {"nth": {"nth": 2, "off_percent": 0}}}, "benefit.nth.off_percent", "not a percentage"),
        ({"spend_min": -1}, "spend_min", "-1 is not"),
        ({"per_basket_max": 0}, "per_basket_max", "0 is not"),
        ({"valid_from": "soon"}, "valid_from", "soon"),
        ({"valid_from": "2026-11-12", "valid_until": "2026-11-12"}, "valid_until", "not after the beginning"),
        ({"weekdays": ["friday"]}, "weekdays[0]", "fri"),
        ({"hours": ["noon"]}, "hours[0]", "are no hours"),
        ({"customers": {"only": ["news"]}}, "customers.only[0]", "did you mean new?"),
        ({"customers": {"only": ["elsewhere"]}}, "customers.only[0]", "there is no segment 'elsewhere'"),
        ({"stores": {"only": ["s1"], "but_not": ["s1"]}}, "stores.but_not[0]", "leave one out"),
        ({"products": {"only": ["p"] * 1_001}}, "products.only", "use a category"),
        ({"group": "coupons"}, "group", "cannot be a group"),
        ({"excludes": ["autum"]}, "excludes[0]", "no offer and no group"),
        ({"excludes": ["sprng"]}, "excludes[0]", "did you mean spring?"),
        ({"exclude": ["points"]}, "exclude", "excludes"),
    ],
)
def test_mistakes_of_terms_are_told_at_their_place(store, terms, place, words):
    found = mistakes(store, terms)
    assert f"terms.{place}" in found, found
    assert words in found[f"terms.{place}"]


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ({"name": "Spring"}, "name", "small letters"),
        ({"name": "coupons"}, "name", "are taken"),
        ({"funder": ""}, "funder", "who pays"),
        ({"label": {"en": "x"}}, "label.zh", "zh"),
    ],
)
def test_mistakes_of_the_document(store, more, place, words):
    found = mistakes(store, **more)
    assert place in found, found
    assert words in found[place]


def test_plan_shows_it_and_its_schema_is_that_of_the_struct(store, tmp_path):
    (tmp_path / "promotions.yaml").write_text(
        "kind: promotion\nname: planned\nlabel: {zh: 九折, en: 10 % off}\nfunder: brand\n"
        "terms: {benefit: {percent: {off_percent: 10}}, customers: {only: [new]}, excludes: [planned, points]}\n"
    )
    [change] = kinds.plan_folder(store, tmp_path)
    assert (change.kind, change.name, change.version) == ("promotion", "planned", 1)
    schema = api.PromotionKind(BRAND).schema()
    assert schema["$defs"]["Benefit"]["properties"].keys() >= {"amount", "percent", "exchange", "shipping", "gift"}


def test_applied_documents_are_offers_of_their_version(store):
    store.apply(PROMOTION)
    store.apply({**PROMOTION, "terms": {**TERMS, "spend_min": 30000}})
    store.apply({**PROMOTION, "name": "off", "enabled": False})
    offers = api.promotions(documents.current(store.home.database), BRAND)
    assert [policy.offer.name for policy in offers.policies] == ["spring"]
    quote = api.quote(offers, priced(200_00, 150_00))
    [applied] = quote.applied
    assert (applied.version, applied.funder, applied.cost) == (2, "brand", 50_00)
    assert off_by(quote, "promotion:spring") == {"l0": 28_57, "l1": 21_43}
    assert why_not(api.quote(offers, basket(line("a", 1, 299_99))), "promotion:spring") == Refusal.SPEND.split(".")[1]


@pytest.mark.parametrize(
    ("terms", "places"),
    [
        (PointsTerms(), []),
        (PointsTerms(per=0), [("per",)]),
        (PointsTerms(worth=-1, step=0), [("worth",), ("step",)]),
        (PointsTerms(share_max="120"), [("share_max",)]),
        (PointsTerms(spend_min=-5), [("spend_min",)]),
    ],
)
def test_mistakes_of_points_as_money(terms, places):
    assert [place for place, _ in api.points_mistakes(terms)] == places
