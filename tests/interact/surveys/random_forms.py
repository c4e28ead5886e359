"""Random forms and answers, for comparisons with other models of a form. The same seed makes the same."""

from random import Random
from typing import Any

from interplay.interact.surveys.asking import questions
from interplay.interact.surveys.contracts import (
    NUMBERS,
    ONE_OF,
    SEVERAL,
    TEXTS,
    Form,
    Option,
    Page,
    Question,
    QuestionType,
)
from interplay.interact.surveys.values import scale
from interplay.link.quotes.contracts import Label

T = QuestionType
LABEL = Label(zh="问", en="Q")
PATTERNS = ("[a-c]+", "a?b", r"\d{3}-\d{2}", "(?:tea|milk)", "[^x]*x", ".{2,4}")
WORDS = ("tea", "milk", "Tea", "a", "ab", "b", "x", "abcx", "123-45", "1234-5", "好茶", "   ", "a b", "two words", "")
MAILS = (
    "ann@example.com",
    "ann@example",
    "a.b@c.co",
    "@c.co",
    "a@b@c.co",
    '"a b"@c.co',
    "a..b@c.co",
    "a@[c].co",
    "安@c.co",
)
DATES = ("2026-01-01", "2026-06-30", "2026-12-31", "2027-02-28")


def form(random: Random) -> Form:
    before: list[Question] = []
    pages = []
    for _ in range(random.randint(1, 4)):
        visible_if = condition(random, before) if before and random.random() < 0.3 else ""
        here = []
        for _ in range(random.randint(1, 5)):
            here.append(question(random, f"q{len(before)}", before))
            before.append(here[-1])
        pages.append(Page(tuple(here), visible_if=visible_if))
    return Form(tuple(pages))


def question(random: Random, name: str, before: list[Question]) -> Question:
    kind = random.choice(list(T))
    more: dict[str, Any] = {}
    if kind in ONE_OF | SEVERAL | {T.MATRIX}:
        more["options"] = options("abcd"[: random.randint(2, 4)])
    if kind is T.MATRIX:
        more |= {"rows": options("rst"[: random.randint(1, 3)]), "rows_required": random.random() < 0.5}
    if kind is T.NUMBER and random.random() < 0.7:
        more |= {"least": random.choice([None, -2, 0, 3]), "most": random.choice([None, 3, 7]), "decimals": 1}
    if kind is T.CHOICES and random.random() < 0.6:
        more |= {"least": random.choice([None, 1, 2]), "most": random.choice([None, 2])}
    if kind is T.RATING and random.random() < 0.5:
        more |= {"least": random.randint(0, 1), "most": random.randint(3, 7)}
    if kind in TEXTS and random.random() < 0.5:
        more |= {"chars_least": random.choice([None, 2, 3]), "chars_most": random.choice([None, 3, 8])}
    if kind is T.TEXT and random.random() < 0.4:
        more["pattern"] = random.choice(PATTERNS)
    if kind is T.DATE and random.random() < 0.6:
        more |= {"earliest": random.choice(["", "2026-03-01"]), "latest": random.choice(["", "2026-12-30"])}
    for word, share in (("visible_if", 0.4), ("enabled_if", 0.15), ("required_if", 0.2)):
        if before and random.random() < share:
            more[word] = condition(random, before)
    is_required = "required_if" not in more and random.random() < 0.4
    return Question(name, kind, LABEL, required=is_required, **more)


def options(codes: str) -> tuple[Option, ...]:
    return tuple(Option(code, LABEL) for code in codes)


def condition(random: Random, before: list[Question], depth: int = 0) -> str:
    if depth < 2 and random.random() < 0.35:
        word = random.choice(["and", "or"])
        return f"({condition(random, before, depth + 1)} {word} {condition(random, before, depth + 1)})"
    if depth < 2 and random.random() < 0.2:
        return f"not {condition(random, before, depth + 1)}"
    asked = random.choice(before[-6:])
    name = f"{asked.name}.{random.choice(asked.rows).code}" if asked.type is T.MATRIX else asked.name
    if random.random() < 0.15:
        return f"missing({name})"
    return _leaf(random, asked, name)


def answers(random: Random, of: Form) -> dict[str, Any]:
    """Return answers as a page could send them: of the right shape, often outside bounds. None takes one back."""
    found = {}
    for name, one in questions(of).items():
        if random.random() < 0.75:
            found[name] = None if random.random() < 0.1 else answer(random, one)
    return found


def answer(random: Random, of: Question) -> Any:
    codes = [option.code for option in of.options]
    match of.type:
        case T.EMAIL:
            return random.choice(MAILS)
        case T.TEXT | T.COMMENT:
            return random.choice(WORDS)
        case T.DATE:
            return random.choice(DATES)
        case T.BOOLEAN:
            return random.random() < 0.5
        case T.NUMBER:
            return random.randint(-4, 9) + (random.choice([0.5, 0.1]) if of.decimals and random.random() < 0.3 else 0)
        case T.CHOICES:
            return random.sample(codes, random.randint(0, len(codes)))
        case T.RANKING:
            return random.sample(codes, len(codes))
        case T.MATRIX:
            return {row.code: random.choice(codes) for row in of.rows if random.random() < 0.7}
        case kind if kind in ONE_OF:
            return random.choice(codes)
    return random.randint(*scale(of))


def _leaf(random: Random, asked: Question, name: str) -> str:
    codes = [option.code for option in asked.options]
    if asked.type is T.BOOLEAN:
        return random.choice([name, f"{name} == True", f"{name} != False"])
    if asked.type in SEVERAL:
        return f"{name} in ({', '.join(repr(one) for one in random.sample(codes, 2))},)"
    if asked.type in NUMBERS:
        least, most = (-4, 9) if asked.type is T.NUMBER else scale(asked)
        if random.random() < 0.2:
            return f"{name} in ({random.randint(least, most)}, {random.randint(least, most)})"
        return f"{name} {random.choice(['==', '!=', '<', '<=', '>', '>='])} {random.randint(least, most)}"
    if asked.type is T.DATE:
        return f"{name} {random.choice(['==', '!=', '<', '>='])} {random.choice(DATES)!r}"
    values = codes or [one for one in WORDS if one.strip() == one and one]
    if random.random() < 0.3:
        return f"{name} not in ({random.choice(values)!r}, {random.choice(values)!r})"
    return f"{name} {random.choice(['==', '!='])} {random.choice(values)!r}"
