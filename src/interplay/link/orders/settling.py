"""What is done about one order of a file: as at the till, once, and what cannot be done is asked about.

Everything about an order is one act, whose key is the order's number and whose body is the order itself. The same order
again finds it; another order of the same number is a question. The questions are facts of that act.
"""

from collections.abc import Sequence
from hashlib import blake2b

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Refused, Tell
from interplay.engine.oltp.contracts import Submitting
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY
from interplay.link.coupons import api as coupons
from interplay.link.coupons.api import Coupons
from interplay.link.coupons.contracts import REDEMPTION, AskedBasket, Redeem, Redemption, Return, Wish
from interplay.link.orders.contracts import (
    CANCELLED,
    CODES_MAX,
    LATE_DAYS_MAX,
    QUESTIONED,
    Doubt,
    Numbers,
    Question,
    Sale,
    Settled,
    Upload,
    Why,
)
from interplay.link.orders.reading import CHANNEL, WHOLE
from interplay.link.quotes.contracts import Line

TRIES_MAX = 5
"""How often an order is looked at again because something was used in the meantime."""
NUMBER_CHARS_MAX = 120
KIND = "orders.question"

_MISTAKES = ("quotes.", "coupons.")


class Settling:
    """Does what the orders of one file ask for, one after the other, and remembers what it did."""

    def __init__(self, state: Coupons, writing: Submitting, upload: Upload) -> None:
        self._coupons = state
        self._writing = writing
        self._upload = upload
        self._redeemed = 0
        self._returned = 0
        self._questions: list[Question] = []

    @property
    def settled(self) -> Settled:
        return Settled(self._redeemed, self._returned, tuple(self._questions))

    def asked(self, question: Question) -> None:
        """Remember a question that was told elsewhere."""
        self._questions.append(question)

    def sold(self, sale: Sale, subject: SubjectId | None) -> None:
        """Use the coupons of an order that has some, and spend its points, as far as that can be done."""
        if self._is_done(sale, subject):
            return
        if is_late(sale, self._coupons.now()):
            self._ask(sale, subject, self._doubt(Doubt.LATE, days=LATE_DAYS_MAX))
            return
        if self._is_plain(sale, subject):
            return
        for _ in range(TRIES_MAX):
            codes, points, doubts = self._possible(sale, subject)
            answer = self._redeem(sale, subject, codes, points, doubts)
            if isinstance(answer, Redemption):
                self._redeemed += bool(answer.is_new and (codes or points))
                self._questions += [Question(sale.line, sale.number, why) for why in doubts if answer.is_new]
                return
        raise AppError("orders.moving", status=409, line=sale.line)

    def came_back(self, sale: Sale, subject: SubjectId | None) -> None:
        """Take back what an order of these files used: whole, or by the lines that came back."""
        if not sale.number or (order := self._order(key_of(sale))) is None:
            return
        if acts.is_known(self._coupons.acts, self._coupons.database, _question_key(sale)):
            return
        lines = _lines_back(order, sale)
        if isinstance(lines, Doubt):
            self._ask(sale, subject, self._doubt(lines, order=sale.number))
            return
        key = f"{key_of(sale)}<{sale.digest.hex()}"
        store = self._upload.store if self._upload.numbers is Numbers.STORE else ""
        ask = Return(key=key, redemption=order.key, lines=lines, store=store, by=self._upload.by)
        try:
            answer = coupons.take_back(self._coupons, self._writing, ask)
        except AppError as mistake:
            if not mistake.code.startswith(_MISTAKES):
                raise
            self._ask(sale, subject, _mistaken(mistake))
            return
        if isinstance(answer, Refused):
            self._ask(sale, subject, self._refused(answer))
        else:
            self._returned += answer.is_new

    def told(self, sale: Sale, subject: SubjectId | None, why: Why) -> Tell:
        """Return the fact of a question."""
        return Tell(QUESTIONED, subject, fields_of(sale, self._upload, why))

    def _is_done(self, sale: Sale, subject: SubjectId | None) -> bool:
        """Return whether this number stands for something already: this very order, or another one."""
        if not acts.is_known(self._coupons.acts, self._coupons.database, key_of(sale)):
            return False
        try:
            acts.do(self._coupons.acts, self._writing, Act(key_of(sale), REDEMPTION, sale.digest))
        except AppError as mistake:
            if mistake.code != "acts.key_reused":
                raise
            self._ask(sale, subject, self._doubt(Doubt.NUMBER, order=sale.number))
        return True

    def _is_plain(self, sale: Sale, subject: SubjectId | None) -> bool:
        """Return whether an order could have all of its coupons, and has them now: most can, and need no trying out.

        Points are looked at first: a basket may take fewer than were paid.
        """
        if sale.points or len(sale.codes) > CODES_MAX:
            return False
        try:
            answer = self._redeem(sale, subject, sale.codes, 0, ())
        except AppError as mistake:
            if not mistake.code.startswith(_MISTAKES):
                raise
            return False
        if isinstance(answer, Refused):
            return False
        self._redeemed += answer.is_new
        return True

    def _possible(self, sale: Sale, subject: SubjectId | None) -> tuple[tuple[str, ...], int, list[Why]]:
        """Return the coupons and points that an order can have, and why it cannot have the others."""
        points, doubts = sale.points, list[Why]()
        if points and subject is None:
            points = 0
            doubts.append(self._doubt(Doubt.NOBODYS_POINTS, points=sale.points))
        codes = sale.codes[:CODES_MAX]
        if self._hindrance(sale, subject, codes, points) is None:
            return codes, points, doubts
        kept: tuple[str, ...] = ()
        for code in codes:
            why = self._hindrance(sale, subject, (*kept, code), 0)
            if why is None:
                kept = (*kept, code)
            else:
                doubts.append(Why(why.code, why.zh, why.en, code))
        if points and (why := self._hindrance(sale, subject, kept, points)) is not None:
            points = 0
            doubts.append(why)
        return kept, points, doubts

    def _hindrance(self, sale: Sale, subject: SubjectId | None, codes: tuple[str, ...], points: int) -> Why | None:
        """Return why an order cannot have these coupons and points together, or None."""
        try:
            answer = self._redeem(sale, subject, codes, points, (), is_dry=True)
        except AppError as mistake:
            if not mistake.code.startswith(_MISTAKES):
                raise
            return _mistaken(mistake)
        if isinstance(answer, Refused):
            return self._refused(answer)
        if (found := answer.quote.points.points) != points:
            return self._doubt(Doubt.FEWER_POINTS, asked=points, possible=found)
        return None

    def _redeem(
        self, sale: Sale, subject: SubjectId | None, codes: tuple[str, ...], points: int, doubts: Sequence[Why],
        *, is_dry: bool = False,
    ) -> Redemption | Refused:  # fmt: skip
        """Redeem without our promotions: what a till that knows none of them took off is its own affair."""
        state, upload = self._coupons, self._upload
        lines = sale.lines if codes or points else (Line(WHOLE, "", 1, 0),)  # whatever is wrong with its own
        basket = AskedBasket(state.brand.currency, lines)
        promotions = tuple(policy.offer.name for policy in state.catalogue().promotions.policies)
        ask = Redeem(
            key=key_of(sale), order=sale.number, device=upload.device, by=upload.by, without=promotions, at=sale.at,
            wish=Wish(
                basket=basket, codes=codes, subject=subject, points=points, store=upload.store, channel=CHANNEL
            ),
            asked=sale.digest, tells=tuple(self.told(sale, subject, why) for why in doubts), is_dry=is_dry,
        )  # fmt: skip
        answer = coupons.redeem(state, self._writing, ask)
        if isinstance(answer, Refused) and answer.code == "acts.paused":
            raise AppError("orders.paused", status=409)
        return answer

    def _order(self, key: str) -> Redemption | None:
        """Return what an order of these files used, if it did and its customer is not erased."""
        try:
            receipt = acts.find(self._coupons.acts, self._coupons.database, key)
        except AppError as erased:
            if erased.code != "acts.erased":
                raise
            return None
        order = None if receipt is None else coupons.read_redemption(receipt)
        return order if order is not None and (order.coupons or order.points_step is not None) else None

    def _ask(self, sale: Sale, subject: SubjectId | None, why: Why) -> None:
        """Tell a question by itself, once."""
        act = Act(_question_key(sale), KIND, sale.digest, (), (self.told(sale, subject, why),), subject)
        answer = acts.do(self._coupons.acts, self._writing, act)
        if not isinstance(answer, Refused) and answer.is_new:
            self._questions.append(Question(sale.line, sale.number, why))

    def _refused(self, refused: Refused) -> Why:
        zh, en = (coupons.sentence(self._coupons, refused, lang) for lang in ("zh", "en"))
        return Why(refused.code, zh, en)

    def _doubt(self, doubt: Doubt, **params: int | str) -> Why:
        return doubted(doubt, **params)


def doubted(doubt: Doubt, **params: int | str) -> Why:
    """Return a doubt of ours in words."""
    return Why(doubt.value, say(doubt.value, "zh", **params), say(doubt.value, "en", **params))


def is_late(sale: Sale, now: Micros) -> bool:
    """Return whether a sale is history."""
    return sale.at < now - LATE_DAYS_MAX * DAY


def key_of(sale: Sale) -> str:
    """Return the key of an order's act: by its number, or by itself where it has none."""
    number = sale.number or sale.digest.hex()
    if len(number) > NUMBER_CHARS_MAX:
        number = blake2b(number.encode(), digest_size=16).hexdigest()
    return f"file:{number}"


def fields_of(sale: Sale, upload: Upload, why: Why) -> dict[str, object]:
    """Return what the fact of a question says."""
    fields = {
        "order_id": sale.number, "store_id": upload.store, "till_device": upload.device, "file_name": upload.file,
        "line_no": sale.line, "reason": why.code, "coupon": why.coupon, "said_zh": why.zh, "said_en": why.en,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def _question_key(sale: Sale) -> str:
    return f"{key_of(sale)}?{sale.digest.hex()}"


def _mistaken(mistake: AppError) -> Why:
    return Why(mistake.code, mistake.text("zh"), mistake.text("en"))


def _lines_back(order: Redemption, sale: Sale) -> dict[str, int] | Doubt | None:
    """Return how many units of which lines came back, None for all that is left, or why that cannot be told."""
    if sale.name == CANCELLED or sale.value is None or (not sale.items and abs(sale.value) >= order.quote.payable):
        return None
    if not sale.items:
        return Doubt.RETURN_LINES
    back: dict[str, int] = {}
    for item in sale.items:
        left = item.quantity
        for line in order.quote.lines:
            if item.line == line.line if item.line else item.product == line.product:
                taken = min(left, line.quantity - back.get(line.line, 0))
                back[line.line] = back.get(line.line, 0) + taken
                left -= taken
        if left:
            return Doubt.RETURN_PRODUCT
    return {line: units for line, units in back.items() if units}
