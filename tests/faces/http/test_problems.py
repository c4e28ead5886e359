import pytest

from interplay.faces.http.problems import encoded, lang_of, problem
from interplay.kernel.errors import AppError


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.5", "zh"),
        ("en;q=0.1, zh;q=0.2", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=nan", "en"),
        (";;,,q=", "en"),
    ],
)
def test_the_language_is_the_one_liked_best(header, expected):
    assert lang_of(header) == expected


def test_a_problem_says_the_same_in_both_languages():
    error = AppError("keys.unknown", status=404, name="till")
    english, chinese = problem(error, "en"), problem(error, "zh")
    assert (english.title, english.detail) == ("Not found", "there is no active key named 'till'")
    assert (chinese.title, chinese.detail) == ("未找到", "没有名为 'till' 的有效密钥")
    assert english.code == chinese.code == "keys.unknown"
    assert english.params == {"name": "till"}


def test_what_json_cannot_hold_is_written_as_text():
    assert b'"given":"b\'\\\\xff\'"' in encoded(AppError("http.cursor", given=b"\xff"), "en")


def test_a_status_without_a_title_of_its_own_has_that_of_its_class():
    assert problem(AppError("http.request", status=422, reason="x"), "en").title == "Bad request"
