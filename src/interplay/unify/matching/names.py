"""Values as people write them → values as they are compared. Pure."""

import re
import unicodedata

COMPOUND_FAMILY_NAMES = frozenset(
    [
        "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊",
        "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文",
        "司徒", "鲜于", "司空", "令狐", "百里", "呼延", "东郭", "南门", "西门", "歐陽", "東方", "獨孤", "南宮", "諸葛",
        "尉遲", "鍾離", "長孫", "鮮于",
    ]
)  # fmt: skip
"""Chinese family names of two characters (复姓); every other has one."""

_CHINESE = re.compile(r"[㐀-鿿豈-﫿]{2,}\Z")
_SPACES = re.compile(r"\s+")


def plain(value: str) -> str | None:
    """Return a text without differences of width, case and spaces; None where nothing is left."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", value)).strip().casefold() or None


def parts(name: str) -> tuple[str | None, str | None]:
    """Return (given name, family name) of a whole name in plain spelling.

    A Chinese name begins with the family name, as does one with a comma; another ends with it. One word alone is a
    given name.
    """
    joined = name.replace(" ", "")
    if _CHINESE.match(joined):
        length = 2 if len(joined) > 2 and joined[:2] in COMPOUND_FAMILY_NAMES else 1
        return joined[length:], joined[:length]
    family, comma, given = name.partition(",")
    if comma and family.strip() and given.strip():
        return given.strip(), family.strip()
    words = name.replace(",", " ").split()
    if len(words) < 2:
        return (words[0] if words else None), None
    return words[0], words[-1]


def place(value: str) -> str | None:
    """Return a city as it is compared: 上海市 is 上海."""
    found = plain(value)
    return found.removesuffix("市") or found if found else None
