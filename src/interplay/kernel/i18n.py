"""Sentences for people, in Chinese and English. Each slice keeps its own beside its code, in `texts.yaml`.

errors.time.duration: {en: "{given} is not a duration; …", zh: "…"}

What stands in `[[…]]` is left out where what it names is empty: `there is no {given!r}[[ (did you mean {meant}?)]]`.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Literal

import msgspec

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")


def say(key: str, lang: Lang, /, **params: object) -> str:
    """Return the sentence `key` in `lang` with `params` filled in; an unknown key is a bug and raises KeyError."""
    text = _OPTIONAL.sub(lambda part: part[1] if _is_told(part[1], params) else "", catalogue()[key][lang])
    return text.format(**params)


@cache
def catalogue() -> dict[str, dict[Lang, str]]:
    """Return every sentence of the installed package by key; the same key in two files is a bug."""
    found: dict[str, dict[Lang, str]] = {}
    for path in _text_files(files("interplay")):
        texts = msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[Lang, str]])
        if twice := found.keys() & texts.keys():
            raise ValueError(f"{path}: keys that another texts.yaml has: {sorted(twice)}")
        found.update(texts)
    return found


def _is_told(part: str, params: Mapping[str, object]) -> bool:
    return all(params.get(name) for _, name, _, _ in Formatter().parse(part) if name)


def _text_files(folder: Traversable) -> list[Traversable]:
    out: list[Traversable] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            out += _text_files(entry)
        elif entry.name == "texts.yaml":
            out.append(entry)
    return out
