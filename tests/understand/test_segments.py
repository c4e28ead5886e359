"""Segments and computed traits as documents, asked by name or by criteria, now and in the past."""

import pytest

from interplay.bootstrap.kinds import apply_folder, plan_folder
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.documents.contracts import ChangeKind
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import (
    CheckCriteria,
    CountSegment,
    ExplainMember,
    ListMembers,
    ListSegments,
)
from tests.stores import NOW, Store, fact, phone, user
from tests.unify.people import People

LABEL = {"zh": "常客", "en": "Regulars"}
REGULARS = {"kind": "segment", "name": "regulars", "criteria": 'count("order.completed") >= 2', "label": LABEL}


def order(who, days_ago, value=100, key=None):
    key = key or f"{who}-{days_ago}-{value}"
    return fact("order.completed", who, at=NOW - days_ago * DAY, fields={"value": value}, key=key)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        opened.store(
            order(user(1), 30), order(user(1), 10), order(user(2), 20), order(user(3), 1), order(user(3), 1, 7),
            fact("customer.identified", user(2), phone(2), at=NOW - 5 * DAY, traits=(city("上海"),)),
            fact("page.viewed", at=NOW - 40 * DAY),
        )  # fmt: skip
        yield opened


def city(name):
    return TraitWrite("city", TraitOp.SET, name)


def count(store, criteria, at=None):
    answer = store.ask(segments.count, CountSegment(criteria, at))
    return answer.count, answer.unknown, answer.population


def folder_of(tmp_path, **files):
    folder = tmp_path / "documents"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def refusal(call, *args):
    with pytest.raises(AppError) as refused:
        call(*args)
    return refused.value


def test_now_is_the_worlds_now(store):
    assert count(store, 'count("order.completed", within="5d") >= 1') == (1, 0, 3)
    store.clock.at += 30 * DAY
    assert count(store, 'count("order.completed", within="5d") >= 1') == (0, 0, 3)


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        (41, (0, 0, 0)),
        (40, (0, 0, 0)),
        (30, (0, 0, 1)),
        (20, (0, 0, 2)),
        (10, (1, 0, 2)),
        (1, (2, 0, 3)),
        (0, (2, 0, 3)),
    ],
)
def test_in_the_past_the_population_is_who_had_been_heard_of(store, days_ago, expected):
    assert count(store, 'count("order.completed") >= 2', NOW - days_ago * DAY) == expected


def test_the_population_grows_at_the_very_instant(store):
    assert count(store, "missing(profile.city)", NOW - 30 * DAY - 1) == (0, 0, 0)
    assert count(store, "missing(profile.city)", NOW - 30 * DAY) == (1, 0, 1)


def test_a_late_fact_changes_the_past_it_belongs_to(store):
    assert count(store, 'count("order.completed") >= 2', NOW - 15 * DAY) == (0, 0, 2)
    store.store(order(user(2), 25))
    assert count(store, 'count("order.completed") >= 2', NOW - 15 * DAY) == (1, 0, 2)


def test_two_people_who_turn_out_to_be_one_have_one_past(store):
    assert count(store, 'count("order.completed") >= 3') == (0, 0, 3)
    People(store).merge(user(1), user(2))
    assert count(store, 'count("order.completed") >= 3') == (1, 0, 2)
    assert count(store, 'count("order.completed") >= 2', NOW - 20 * DAY) == (1, 0, 1)


def test_a_trait_is_as_it_was(store):
    store.store(fact("customer.identified", phone(2), at=NOW - DAY, traits=(city("杭州"),)))
    asked = [count(store, f'profile.city == "{name}"', at) for name in ("上海", "杭州") for at in (NOW - 3 * DAY, NOW)]
    assert asked == [(1, 1, 2), (0, 2, 3), (0, 1, 2), (1, 2, 3)]


def test_a_segment_is_asked_by_its_name(store):
    store.apply(REGULARS)
    assert count(store, "regulars") == count(store, REGULARS["criteria"]) == count(store, 'segment("regulars")')
    assert count(store, " regulars ") == (2, 0, 3)
    found = store.ask(segments.list_members, ListMembers("regulars"))
    assert [(one.customer, one.kind, one.value) for one in found] == [(1, "user_id", "u1"), (3, "user_id", "u3")]
    (view,) = store.ask(segments.list_segments, ListSegments())
    assert (view.name, view.label.zh, view.version, view.answer.count) == ("regulars", "常客", 1, 2)
    assert store.ask(segments.list_segments, ListSegments(is_counted=False))[0].answer is None
    assert store.ask(segments.list_segments, ListSegments(at=NOW - 20 * DAY))[0].answer.count == 0


def test_members_come_in_pages(store):
    pages = [
        store.ask(segments.list_members, ListMembers("missing(profile.age)", None, after, 2)) for after in (0, 2, 3)
    ]
    assert [[one.customer for one in page] for page in pages] == [[1, 2], [3], []]


def test_an_explanation_says_why_in_both_languages(store):
    ask = ('count("order.completed") >= 2 and profile.city == "上海"', *phone(2), NOW)
    english, chinese = (store.ask(segments.explain_member, ExplainMember(*ask, lang)) for lang in ("en", "zh"))
    assert english.answer is chinese.answer is False
    assert english.customer == 2
    assert english.sentences != chinese.sentences
    assert any("上海" in sentence for sentence in chinese.sentences)
    assert any("1" in sentence for sentence in english.sentences)


@pytest.mark.parametrize(("who", "code"), [(("phone", "12"), "customers.identifier"), (user(99), "customers.unknown")])
def test_an_explanation_of_nobody_says_so(store, who, code):
    assert refusal(store.ask, segments.explain_member, ExplainMember("missing(profile.city)", *who)).code == code


def test_a_computed_trait_is_a_word_like_any_other(store):
    trait = {"kind": "trait", "name": "spend", "value": 'sum("order.completed", "value")', "label": LABEL}
    rich = {"kind": "segment", "name": "rich", "criteria": "profile.spend >= 107", "label": LABEL}
    store.apply(rich, trait)
    assert count(store, "rich") == (2, 0, 3)
    assert count(store, "profile.spend >= 200") == (1, 0, 3)
    assert store.ask(segments.explain_member, ExplainMember("rich", *user(3))).answer is True


def test_criteria_are_checked_without_asking_anybody(store):
    good = store.ask(segments.check_criteria, CheckCriteria('count("order.completed")>=2'))
    assert (good.text, good.problem) == ('count("order.completed") >= 2', None)
    again = store.ask(segments.check_criteria, CheckCriteria(tree=good.tree))
    assert again.text == good.text
    bad = store.ask(segments.check_criteria, CheckCriteria('count("order.complete") >= 2')).problem
    assert (bad.line, bad.hint) == (1, "order.completed")


# --- documents in files -----------------------------------------------------------------------------

SPEND = 'kind: trait\nname: spend\nvalue: sum("order.completed", "value")\nlabel: {zh: 消费, en: Spend}\n'
RICH = "kind: segment\nname: rich\ncriteria: profile.spend > 150\nlabel: {zh: 大客户, en: Rich}\n"


def test_a_plan_changes_nothing_and_an_apply_keeps_every_version(store, tmp_path):
    folder = folder_of(tmp_path, a=SPEND + "---\n" + RICH)
    planned = plan_folder(store, folder)
    assert [(c.change, c.kind, c.name, c.version) for c in planned] == [
        ("add", "trait", "spend", 1),
        ("add", "segment", "rich", 1),
    ]
    assert refusal(count, store, "rich").code.startswith("criteria.")
    apply_folder(store, folder)
    assert count(store, "rich") == (1, 0, 3)
    assert [c.change for c in apply_folder(store, folder)] == [ChangeKind.SAME] * 2
    (folder / "a.yaml").write_text(SPEND + "---\n" + RICH.replace("150", "50"))
    changed = plan_folder(store, folder)
    assert [(c.change, c.version) for c in changed] == [("same", 1), ("change", 2)]
    assert changed[1].effects == ("3 of 3 customers now",)
    apply_folder(store, folder)
    assert count(store, "rich") == (3, 0, 3)
    with store.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT name, version FROM documents ORDER BY 1, 2").all()
    assert kept == [("rich", 1), ("rich", 2), ("spend", 1)]


def test_absence_removes_nothing(store, tmp_path):
    apply_folder(store, folder_of(tmp_path, a=SPEND, b=RICH))
    (tmp_path / "documents/b.yaml").unlink()
    apply_folder(store, tmp_path / "documents")
    assert count(store, "rich") == (1, 0, 3)


WRONG = [
    ("kind: segmen\nname: x\n", "documents.mistakes", ["a.yaml, line 1", "mean segment", "'criteria' is missing"]),
    ("- 1\n", "documents.kind", ["a.yaml, line 1", "list"]),
    ("kind: segment\nname: [x]\n", "documents.name", ["a.yaml, line 2"]),
    (SPEND + "---\nkind: [\n", "documents.yaml", ["a.yaml"]),
    ("kind: segment\ncriteria: \u0000\n", "documents.yaml", ["a.yaml"]),
    (SPEND + "---\n" + SPEND, "documents.twice", ["a.yaml, line 6", "'spend'", "a.yaml:1"]),
    (SPEND + "---\nkind: segment\nname: x\nlabel: {zh: 一, en: x}\n", "documents.field", ["line 6", "criteria"]),
    (RICH.replace("criteria", "citeria"), "documents.mistakes", ["line 3", "mean 'criteria'", "no trait spend"]),
    (RICH.replace("spend", "spnd"), "documents.field", ["a.yaml, line 3", "segment 'rich', criteria", "spnd"]),
    (SPEND + "---\n" + RICH.replace("> 150", "> 'x'"), "documents.field", ["a.yaml, line 8", "'rich'"]),
    (SPEND.replace("spend", "city"), "documents.field", ["line 2", "'city'", "senders"]),
    (SPEND.replace("sum(", "sun("), "documents.field", ["line 3", "trait 'spend'", "sum"]),
    (SPEND.replace('sum("order.completed", "value")', "profile.spend"), "documents.field", ["line 1", "'spend'"]),
    (RICH.replace("profile.spend > 150", 'segment("rich")'), "documents.field", ["line 1", "'rich'"]),
    (
        "kind: facts\nfields: {score: {type: decimal, label: {zh: 分, en: S}}}\n",
        "documents.field",
        ["a.yaml, line 2", "fields.score.type"],
    ),
    (
        SPEND + "---\nkind: facts\nfacts: {Bad: {label: {zh: 一, en: x}}}\n",
        "documents.field",
        ["a.yaml, line 7", "facts.Bad"],
    ),
    ("kind: facts\ncolour: red\n", "documents.field", ["a.yaml, line 2", "colour"]),
]


@pytest.mark.parametrize(("text", "code", "parts"), WRONG)
def test_a_wrong_document_is_told_with_file_line_and_reason_and_nothing_is_applied(store, tmp_path, text, code, parts):
    folder = folder_of(tmp_path, a=text, z=REGULAR_FILE)
    for call in (plan_folder, apply_folder):
        wrong = refusal(call, store, folder)
        assert wrong.code == code, str(wrong)
        assert [part for part in parts if part not in str(wrong)] == [], str(wrong)
        assert "a.yaml" in wrong.text("zh")
    assert store.ask(segments.list_segments, ListSegments()) == []


def test_every_mistake_of_every_document_is_told_in_one_run(store, tmp_path):
    facts = (
        "kind: facts\n"
        "fields:\n"
        "  roast:\n"
        "    type: string\n"
        "    label: {zh: 烘焙度, en: Roast}\n"
        "facts:\n"
        "  bean.tasted:\n"
        "    label: {zh: 品鉴, en: Tasted}\n"
        "    fields: [roast,\n"
        "      ratting]\n"
    )
    segment = "kind: segment\nname: b\nlabel: {zh: 二, en: B}\ncritera: count('bean.tastd') > 1\n"
    wrong = refusal(plan_folder, store, folder_of(tmp_path, a=facts, b="kind: traits\n---\n" + segment, c="kind: ["))
    told = str(wrong)
    assert wrong.code == "documents.mistakes"
    for part in (
        "a.yaml, line 4: facts 'a', fields.roast.type: 'string' is not allowed here",
        "text, integer, decimal, money, boolean, time, date, texts",
        "a.yaml, line 10: facts 'a', facts.bean.tasted.fields[1]",
        "did you mean rating?",
        "b.yaml, line 1: there is no kind 'traits'; did you mean trait?",
        "b.yaml, line 6: segment 'b', critera: there is no key 'critera' here; did you mean 'criteria'?",
        "did you mean bean.tasted?",
        "c.yaml",
    ):
        assert part in told, told
    assert told.count("roast") == 1  # what is wrong is told once
    assert "共有" in wrong.text("zh")
    assert "mean" not in wrong.text("zh")


REGULAR_FILE = "kind: segment\nname: fine\ncriteria: missing(profile.city)\nlabel: {zh: 好, en: Fine}\n"


def test_a_folder_that_is_none_says_so(store, tmp_path):
    assert refusal(plan_folder, store, tmp_path / "nowhere").code == "documents.no_folder"
    assert plan_folder(store, folder_of(tmp_path)) == []


def test_documents_applied_meanwhile_are_noticed(store):
    from interplay.engine.documents import api as documents

    stale = documents.Apply((documents.Document("segment", "x", {}, 1),), revision=7)
    assert refusal(store.write, documents.apply, stale).code == "documents.changed_meanwhile"
