"""Each lint rule of our own, with a good and a bad example."""

from textwrap import dedent

import pytest

from tools.lint import names, purity, seams, size, texts
from tools.lint.findings import Weight, parse


def source(code: str, path: str = "src/interplay/link/coupons/api.py"):
    return parse(path, dedent(code))


def said(findings) -> list[str]:
    return [f.text for f in findings]


def function_of(lines: int) -> str:
    return "def f():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("lines", "expected"), [(40, []), (41, [Weight.WARNING]), (70, [Weight.WARNING]), (71, [Weight.FAILURE])]
)
def test_a_function_is_warned_about_from_41_lines_and_fails_from_71(lines, expected):
    assert [f.weight for f in size.check(source(function_of(lines)))] == expected


@pytest.mark.parametrize(
    ("lines", "expected"), [(400, []), (401, [Weight.WARNING]), (600, [Weight.WARNING]), (601, [Weight.FAILURE])]
)
def test_a_file_is_warned_about_from_401_lines_and_fails_from_601(lines, expected):
    assert [f.weight for f in size.check(source("x = 1\n" * lines))] == expected


@pytest.mark.parametrize(
    ("path", "is_good"),
    [
        ("src/interplay/kernel/money.py", True),
        ("src/interplay/kernel/utils.py", False),
        ("src/interplay/link/helpers/__init__.py", False),
        ("src/interplay/link/helpers/phones.py", True),  # its __init__ is told, once
    ],
)
def test_a_module_named_like_a_drawer_fails(path, is_good):
    assert (said(names.check(source("", path))) == []) is is_good


@pytest.mark.parametrize(
    ("code", "is_good"),
    [
        ("from datetime import datetime\n", True),
        ("from interplay.link.coupons.contracts import Coupon\n", True),
        ("import sqlite3\n", False),
        ("from time import monotonic\n", False),
        ("from interplay.engine.oltp import Tx\n", False),
        ("from interplay.link.coupons import store\n", False),
        ("def f():\n    return open('x')\n", False),
    ],
)
def test_rules_take_nothing_from_outside(code, is_good):
    assert (said(purity.check(source(code, "src/interplay/link/coupons/rules.py"))) == []) is is_good


def test_only_rules_have_to_be_pure():
    assert said(purity.check(source("import sqlite3\n", "src/interplay/link/coupons/store.py"))) == []


LISTED = seams.Seams(
    slow=frozenset({"ibis"}),
    homes=frozenset({"interplay.criteria.compile"}),
    seams={"interplay.criteria.api": frozenset({"interplay.criteria.compile"})},
)


@pytest.mark.parametrize(
    ("path", "code", "is_good"),
    [
        ("src/interplay/criteria/compile.py", "import ibis\n", True),
        ("src/interplay/criteria/api.py", "import ibis\n", False),
        ("src/interplay/criteria/api.py", "import ibis.expr.types as ir\n", False),
        ("src/interplay/criteria/api.py", "from interplay.criteria import compile\n", False),
        ("src/interplay/criteria/api.py", "def f():\n    from interplay.criteria import compile\n", True),
        ("src/interplay/criteria/api.py", "def f():\n    from interplay.criteria.compile import answers\n", True),
        ("src/interplay/criteria/parse.py", "def f():\n    from interplay.criteria import compile\n", False),
        ("src/interplay/criteria/parse.py", "def f():\n    import json\n", False),
        (
            "src/interplay/criteria/parse.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ibis\n",
            True,
        ),
    ],
)
def test_slow_libraries_load_only_in_their_homes_and_through_listed_seams(path, code, is_good):
    assert (said(seams.check(source(code, path), LISTED)) == []) is is_good


def test_a_listed_seam_that_nothing_uses_is_told():
    used = [
        source("import ibis\n", "src/interplay/criteria/compile.py"),
        source("def f():\n    from interplay.criteria import compile\n", "src/interplay/criteria/api.py"),
    ]
    assert said(seams.unused(used, LISTED)) == []
    assert len(said(seams.unused([], LISTED))) == 2


def text(key: str, **by_lang: str) -> texts.Text:
    return texts.Text("interplay/link/coupons/texts.yaml", key, by_lang)


GOOD_TEXT = text("errors.coupon.used", en="{code} is used", zh="{code} 已使用")


@pytest.mark.parametrize(
    ("code", "sentence", "expected"),
    [
        ('raise AppError("coupon.used", code=c)', GOOD_TEXT, None),
        ('raise AppError("coupon.used", **given)', GOOD_TEXT, None),
        ('raise AppError("coupon.used")', GOOD_TEXT, "errors.coupon.used is said without ['code']"),
        ('raise AppError("coupon.late", code=c)', GOOD_TEXT, "errors.coupon.late has no sentence in any texts.yaml"),
        ('raise scope.error("types", node, left=a)', text("errors.criteria.types", en="{left}", zh="{left}"), None),
        (
            'raise self._scope.error("types", node)',
            text("errors.criteria.types", en="{left}", zh="{left}"),
            "errors.criteria.types is said without ['left']",
        ),
        ('raise scope.error(f"{kind}_literal", node)', text("errors.criteria.time_literal", en="no", zh="否"), None),
        ('log.error("the disk is gone")', GOOD_TEXT, "nothing in the code says errors.coupon.used"),
        ("pass", GOOD_TEXT, "nothing in the code says errors.coupon.used"),
        ('USED = "coupon.used"', GOOD_TEXT, None),
        ('say(f"errors.coupon.{why}", lang)', GOOD_TEXT, None),
        ('say("coupon.name", lang)', text("coupon.name", en="coupon", zh="优惠券"), None),
        ('say("coupon.name", lang)', text("coupon.name", en="coupon"), "coupon.name has ['en']; it needs ['en', 'zh']"),
        ('say("coupons_one", lang, n=n)', text("coupons_one", en="a coupon", zh="{n} 张优惠券"), None),
        (
            'say("coupon.name", lang, n=n)',
            text("coupon.name", en="{n} coupons", zh="优惠券"),
            "coupon.name has other placeholders in zh than in en",
        ),
    ],
)
def test_every_sentence_is_said_and_every_saying_has_its_sentence(code, sentence, expected):
    found = said(texts.check([source(code)], [sentence]))
    assert (found == []) if expected is None else (expected in found)


def test_a_key_that_two_files_have_is_told():
    assert "is in" in said(texts.check([source('AppError("coupon.used", code=c)')], [GOOD_TEXT, GOOD_TEXT]))[0]
