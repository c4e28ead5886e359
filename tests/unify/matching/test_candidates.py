"""Candidates from a list with typing errors: found, looked through by staff, never merged by themselves."""

import fcntl
import os
from datetime import date

import pytest

from interplay.bootstrap import matching, people
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Identify, ListMatches, ListReviews, WhyCustomer
from interplay.unify.identity.contracts import DecisionKind
from interplay.unify.matching import store as candidates
from interplay.unify.matching.contracts import Agreement, Compare
from tests.stores import Store, fact

FILES = ("interplay.sqlite", "interplay.sqlite-wal", "warehouse.duckdb", "warehouse.duckdb.wal")
LI, LI_AGAIN = ("ext:crm", "1"), ("ext:till", "17")
PAIR = (LI, LI_AGAIN)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        yield opened


def days(text):
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def know(store, who, **traits):
    if "birthday" in traits:
        traits["birthday"] = days(traits["birthday"])
    writes = tuple(TraitWrite(name, TraitOp.SET, value) for name, value in traits.items())
    store.store(fact("customer.identified", who, key=(who, repr(traits)), traits=writes))


def fill(store):
    """Store Li twice, with her name once in one piece and once in two and a birthday one digit off, and four others."""
    know(store, LI, name="欧阳娜娜", birthday="1990-05-17", city="上海", phone="+8613912345678")
    know(
        store,
        LI_AGAIN,
        last_name="欧阳",
        first_name="娜娜",
        birthday="1990-05-11",
        city="上海市",
        phone="+8613912345678",
    )
    know(store, ("ext:crm", "2"), name="王伟", birthday="1985-01-02", city="北京", phone="+8613912340001")
    know(store, ("ext:crm", "3"), name="王芳", birthday="1971-11-30", city="上海", phone="+8613912340002")
    know(store, ("ext:crm", "4"), name="Grace Kelly", birthday="1966-03-04", city="London", phone="+8613912340003")
    know(store, ("ext:crm", "5"), name="李娜", birthday="1999-09-09", city="广州", phone="+8613912340004")


def match(store, **ask):
    return matching.match(store, Compare(**ask))


def waiting(store):
    return [frozenset((one.one.kind, one.one.value) for one in (found,)) | {(found.other.kind, found.other.value)}
            for found in store.ask(profiles.list_matches, ListMatches())]  # fmt: skip


def decide(store, kind, one, other, reason=""):
    return people.decide(store, kind, one, other, actor="staff", reason=reason)


def customers(store, *who):
    return {store.ask(profiles.identify, Identify(*one)).customer for one in who}


def test_a_pair_is_found_with_its_reasons_and_nobody_is_merged(store):
    fill(store)
    found = match(store)
    assert (found.customers_count, len(found.proposals), found.is_learned) == (6, 1, False)
    agreed = {reason.column: reason.agreement for reason in found.proposals[0].reasons}
    assert agreed == {
        "given_name": Agreement.EXACT, "family_name": Agreement.EXACT, "phone": Agreement.EXACT,
        "birthday": Agreement.TYPO, "city": Agreement.EXACT,
    }  # fmt: skip
    assert all(reason.weight > 0 for reason in found.proposals[0].reasons)
    (review,) = store.ask(profiles.list_reviews, ListReviews())
    assert {(review.one.kind, review.one.value), (review.other.kind, review.other.value)} == set(PAIR)
    assert review.probability > 0.99
    assert len(customers(store, *PAIR)) == 2


def test_a_merge_says_how_probable_it_was_and_the_pair_waits_no_more(store):
    fill(store)
    match(store)
    decide(store, DecisionKind.TOGETHER, *PAIR)
    assert len(customers(store, *PAIR)) == 1
    (decision,) = store.ask(profiles.why, WhyCustomer(*LI)).decisions
    assert decision.reason == "matched 0.999"
    assert waiting(store) == []
    assert match(store).proposals == ()


def test_a_reason_of_ones_own_is_kept(store):
    fill(store)
    match(store)
    decide(store, DecisionKind.TOGETHER, *PAIR, reason="she said so")
    assert store.ask(profiles.why, WhyCustomer(*LI)).decisions[0].reason == "she said so"


def test_a_rejected_pair_is_never_proposed_again_also_by_other_identifiers(store):
    fill(store)
    match(store)
    decide(store, DecisionKind.APART, *PAIR)
    assert waiting(store) == []
    store.store(fact("order.completed", ("card_no", "C-9"), LI, key="card"))  # another subject stands for her now
    again = match(store)
    assert (again.proposals, again.refused_count) == ((), 1)
    assert waiting(store) == []
    assert len(customers(store, *PAIR)) == 2


def test_two_who_were_never_proposed_cannot_be_rejected(store):
    fill(store)
    match(store)
    with pytest.raises(AppError) as refused:
        decide(store, DecisionKind.APART, LI, ("ext:crm", "2"))
    assert refused.value.code == "identity.not_one"


def test_a_taken_back_merge_is_not_proposed_again(store):
    fill(store)
    match(store)
    decide(store, DecisionKind.TOGETHER, *PAIR)
    decide(store, DecisionKind.APART, *PAIR)
    assert match(store).proposals == ()


def test_a_rerun_updates_and_does_not_double(store):
    fill(store)
    match(store)
    (before,) = candidates.most_probable(store.database, 0, 10)
    know(store, LI_AGAIN, birthday="1990-05-17")
    store.clock.at += 1
    match(store)
    (after,) = candidates.most_probable(store.database, 0, 10)
    assert (after.one, after.other) == (before.one, before.other)
    assert after.probability > before.probability
    assert after.found_at == before.found_at + 1


def test_a_pair_that_is_no_longer_likely_waits_no_more(store):
    fill(store)
    match(store)
    know(store, LI_AGAIN, first_name="伟", last_name="张", birthday="1960-01-01", city="北京", phone="+8613912349999")
    store.clock.at += 1
    match(store)
    assert waiting(store) == []


def test_two_runs_find_the_same_to_the_last_digit(store):
    fill(store)
    first, second = match(store), match(store)
    assert first == second


def test_what_the_rules_forbid_is_not_proposed(store):
    know(store, ("user_id", "li"), name="欧阳娜娜", birthday="1990-05-17", city="上海")
    know(store, ("user_id", "li2"), name="欧阳娜娜", birthday="1990-05-17", city="上海")  # one customer has one user_id
    know(store, ("ext:crm", "2"), name="王伟", birthday="1985-01-02", city="北京")
    found = match(store)
    assert (found.proposals, found.refused_count) == ((), 1)


def test_a_pair_that_waits_because_of_a_fact_is_proposed_once(store):
    store.apply({"kind": "identity", "kinds": {"ext": {"join": "review"}}})
    fill(store)
    store.store(fact("order.completed", *PAIR, key="both"))
    assert match(store).refused_count == 1
    (review,) = store.ask(profiles.list_reviews, ListReviews())
    assert (review.fact, review.probability) == ("order.completed", None)
    decide(store, DecisionKind.APART, *PAIR)
    assert store.ask(profiles.list_reviews, ListReviews()) == []


def test_the_limit_keeps_the_most_probable(store):
    fill(store)
    know(store, ("ext:till", "18"), name="王伟", birthday="1985-01-02", city="北京")
    assert len(match(store, min_probability=0.5).proposals) == 2
    found = match(store, min_probability=0.5, limit=1)
    assert (len(found.proposals), found.left_out_count) == (1, 1)


def test_numbers_that_everybody_has_are_compared_with_nobody(store):
    for n, name in enumerate(("张伟", "王芳", "李娜", "刘洋")):
        know(store, ("ext:crm", str(n)), name=name, phone="+8613800138000", birthday=f"19{60 + 9 * n}-03-0{n + 1}")
    store.apply({"kind": "identity", "blocked": [{"kind": "phone", "value": "+8613800138000"}]})
    found = match(store, min_probability=0.01)
    assert "phone" not in {one.name for one in found.columns}
    assert found.proposals == ()


def test_an_erased_customer_is_in_no_candidate_and_an_export_names_nobody_else(store):
    fill(store)
    match(store)
    exported = people.export_customer(store, *LI)["matches"]
    assert exported[0]["probability"] > 0.99
    assert LI_AGAIN[0] not in repr(exported)
    people.erase_customer(store, *LI, actor="staff", reason="")
    assert candidates.count(store.database) == 0
    assert store.ask(profiles.list_reviews, ListReviews()) == []
    assert match(store).proposals == ()


def test_no_value_of_anybody_reaches_a_file(store):
    fill(store)
    match(store)
    store.mind.wait()
    kept = b"".join((store.folder / name).read_bytes() for name in FILES if (store.folder / name).exists())
    assert kept
    for value in ("欧阳", "娜娜", "13912345678", "1990-05-17"):
        assert value.encode() not in kept
    assert [path.name for path in store.folder.rglob("*") if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        ({"min_probability": 0.0}, "matching.probability"),
        ({"min_probability": 1.0}, "matching.probability"),
        ({"min_probability": float("nan")}, "matching.probability"),
        ({"limit": 0}, "matching.limit"),
        ({"limit": 10_001}, "matching.limit"),
    ],
)
def test_what_cannot_be_asked_is_refused(store, ask, code):
    with pytest.raises(AppError) as refused:
        match(store, **ask)
    assert refused.value.code == code


def test_nobody_to_compare_and_nothing_to_compare_by_are_told(store):
    with pytest.raises(AppError) as refused:
        match(store)
    assert (refused.value.code, refused.value.params["given"]) == ("matching.too_few", 0)
    for n in range(3):
        know(store, ("ext:crm", str(n)), city=("上海", "北京", "广州")[n], tier="gold")
    with pytest.raises(AppError) as refused:
        match(store)
    assert (refused.value.code, refused.value.params["given"]) == ("matching.columns", "city")


def test_one_comparison_runs_at_a_time(store):
    fill(store)
    file = os.open(store.folder / "run" / "matching", os.O_RDWR | os.O_CREAT)
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(AppError) as refused:
        match(store)
    assert refused.value.code == "matching.running"
    os.close(file)
    assert len(match(store).proposals) == 1
