"""The doors that tills, customers and the brand's own systems call; and what was refused at them, as it was said."""

import time
from collections import Counter
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec
from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.rehearse.brand.contracts import Json

ANSWER_SECONDS_MAX = 60.0
AT_ONCE = 8
TRIES_MAX = 30
"""How often a door is asked again that says how long to wait."""

Answer = TypeVar("Answer")
_encode = msgspec.json.Encoder().encode


class Why(Struct, frozen=True):
    """Why not: of a refusal, of an offer that did not apply, of a mistake."""

    code: str
    text: str = ""
    detail: str = ""


class NotApplied(Struct, frozen=True):
    reason: Why
    code: str | None = None


class Made(Struct, frozen=True):
    """What is shown once: a device's key, a secret to sign by, the token of a session, a code for the till."""

    key: str = ""
    secret: str | None = None
    token: str = ""
    code: str = ""


class Card(Struct, frozen=True):
    card_no: str


class Given(Struct, frozen=True):
    """A coupon that somebody has now, or why she has none."""

    refused: Why | None = None
    code: str | None = None
    is_new: bool = False


class Issued(Struct, frozen=True):
    coupon: Given


class Coupon(Struct, frozen=True):
    code: str
    template: str
    state: str


class Coupons(Struct, frozen=True):
    items: list[Coupon]


class Balance(Struct, frozen=True):
    unit: str
    available: int
    pending: int


class Wallet(Struct, frozen=True):
    customer: int
    balances: list[Balance]


class OwnBalance(Struct, frozen=True):
    unit: str
    available: int


class OwnPoints(Struct, frozen=True):
    """What a member sees of her points."""

    balances: list[OwnBalance]


class Quote(Struct, frozen=True):
    """What a basket costs; with the rest of it an order is held or committed."""

    fingerprint: str
    payable: int
    discount: int
    points: int
    points_money: int
    coupons: list[str]
    without: list[str]
    not_applied: list[NotApplied]


class Order(Struct, frozen=True):
    """An order that is held or done, or why it is neither."""

    refused: Why | None = None
    redemption: str | None = None
    state: str | None = None
    quote: Quote | None = None
    is_new: bool = False


class Returned(Struct, frozen=True):
    refused: Why | None = None
    money: int = 0
    points: int = 0
    coupons_back: int = 0
    is_whole: bool = False
    is_new: bool = False


class Done(Struct, frozen=True):
    """An answer of which nothing is asked."""


class _Noticed(Struct, frozen=True):
    """What every answer may say of a no."""

    refused: Why | None = None
    not_applied: list[NotApplied] = []


class Heard:
    """Every no that was heard, by code: of acts, as problems, and in quotes; with the sentence that came with it."""

    def __init__(self) -> None:
        self._refused: list[Why] = []
        self._quoted: list[Why] = []

    def refuse(self, why: Why) -> None:
        self._refused.append(why)

    def quote(self, why: Why) -> None:
        self._quoted.append(why)

    @property
    def refused(self) -> Counter[str]:
        return Counter(one.code for one in self._refused)

    @property
    def quoted(self) -> Counter[str]:
        return Counter(one.code for one in self._quoted)

    @property
    def sentences(self) -> dict[str, str]:
        """Return a sentence for each code, the first that was said."""
        return {one.code: one.text or one.detail for one in reversed([*self._refused, *self._quoted])}


class Doors:
    """The way to the server, for every caller. Close it when done."""

    def __init__(self, url: str, lang: Lang) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE)
        self._http = httpx.Client(base_url=url, timeout=ANSWER_SECONDS_MAX, limits=limits, trust_env=False)
        self._lang = lang
        self.heard = Heard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._http.close()

    def caller(self, key: str) -> "Caller":
        return Caller(self, key)

    def send(self, method: str, path: str, body: Json | None, headers: dict[str, str]) -> httpx.Response:
        """Return the answer. Whoever is told to wait does so."""
        told = headers | {"Accept-Language": self._lang} | ({"Content-Type": "application/json"} if body else {})
        for _ in range(TRIES_MAX):
            answer = self._http.request(method, path, content=_encode(body) if body else b"", headers=told)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            time.sleep(float(answer.headers.get("Retry-After", "1")))
        return answer


class Caller:
    """One of those who call: a till by its device's key, a customer by her session, the brand by its secret key."""

    def __init__(self, doors: Doors, key: str = "") -> None:
        self._doors = doors
        self._bearer = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(self, kind: type[Answer], method: str, path: str, body: Json | None = None, key: str = "") -> Answer:
        """Return what a door says. Raises AppError `demo.refused` where it says that this is a mistake."""
        answer = self._send(method, path, body, key)
        if answer.is_error:
            raise AppError("demo.refused", status=502, given=answer.status_code, answer=answer.text[:500])
        content = answer.content or b"{}"
        if content.startswith(b"{"):
            noticed = msgspec.json.decode(content, type=_Noticed)
            for one in noticed.not_applied:
                self._doors.heard.quote(one.reason)
            if noticed.refused is not None:
                self._doors.heard.refuse(noticed.refused)
        return msgspec.json.decode(content, type=kind)

    def mistake(self, method: str, path: str, body: Json | None = None, key: str = "") -> str:
        """Ask for what no door should do, and return the code of the problem; "" where it did it."""
        answer = self._send(method, path, body, key)
        if not answer.is_error:
            return ""
        why = msgspec.json.decode(answer.content, type=Why)
        self._doors.heard.refuse(why)
        return why.code

    def _send(self, method: str, path: str, body: Json | None, key: str) -> httpx.Response:
        return self._doors.send(method, path, body, self._bearer | ({"Idempotency-Key": key} if key else {}))
