"""What people do inside the mini-program and on the web shop's site, step by step."""

from random import Random

from msgspec import Struct
from msgspec.structs import replace

from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, MINUTE, SECOND
from interplay.rehearse.brand.contracts import Line, Person, Step, StepKind, Store
from interplay.rehearse.brand.people import token
from interplay.rehearse.brand.setting import brand

CART_LEFT_RATE = 0.2  # of web sessions that end without an order
QUIZ_RATE = 0.05
LOOKS_BACK_RATE = 0.3  # of product pages: the list is opened again before the next


class Plan(Struct, frozen=True):
    """Who comes and what the sender knows: `is_known` at the first step, and from the sign-in on where there is one."""

    person: Person | None
    at: Micros
    is_known: bool
    signs_in: bool = False
    syncs_profile: bool = False


def mini_program(rng: Random, plan: Plan, lines: tuple[Line, ...], order_no: str, code: str) -> tuple[Step, ...]:
    """Order ahead and pick up; without an order number they only look."""
    walk = _Walk(rng, plan)
    walk.step(StepKind.LAUNCH)
    if plan.signs_in:
        walk.sign_in()
    if plan.syncs_profile:
        walk.step(StepKind.PROFILE)
    walk.step(StepKind.PAGE, text="pages/menu/index")
    walk.step(StepKind.PRODUCT, lines=lines[:1])
    store = plan.person.store if plan.person else None
    if order_no:
        walk.step(StepKind.CART, lines=lines[:1])
        walk.step(StepKind.ORDER, lines=lines, order_no=order_no, store=store, text=code)
    return tuple(walk.steps)


def web_shop(rng: Random, plan: Plan, lines: tuple[Line, ...], order_no: str, code: str) -> tuple[Step, ...]:
    """Browse the goods; with an order number, buy them; some sign in only to look."""
    walk = _Walk(rng, plan)
    walk.step(StepKind.PAGE, text="/")
    for line in lines:
        walk.step(StepKind.PRODUCT, lines=(line,))
        if rng.random() < LOOKS_BACK_RATE:
            walk.step(StepKind.PAGE, text=f"/goods/{line.product.category}")
    if rng.random() < QUIZ_RATE:
        walk.step(StepKind.QUIZ, text=rng.choice(brand().roasts))
    if order_no or rng.random() < CART_LEFT_RATE:
        walk.step(StepKind.CART, lines=lines[:1])
    if plan.signs_in:
        walk.sign_in()
    if order_no:
        walk.step(StepKind.CHECKOUT, lines=lines, order_no=order_no)
        walk.step(StepKind.ORDER, lines=lines, order_no=order_no, text=code)
    return tuple(walk.steps)


def refund(at: Micros, lines: tuple[Line, ...], order_no: str) -> tuple[Step, ...]:
    """Goods sent back: the shop's server says so, days later."""
    return (Step(StepKind.REFUND, at, is_known=True, lines=lines, order_no=order_no),)


def check_in(rng: Random, plan: Plan, store: Store) -> tuple[Step, ...]:
    """Scan the code on the table."""
    return _visit(rng, plan, MINUTE, 5 * MINUTE, Step(StepKind.CHECK_IN, plan.at, plan.is_known, store=store))


def scan(rng: Random, plan: Plan, lines: tuple[Line, ...]) -> tuple[Step, ...]:
    """Scan the code under the cap, once the bottle is open; every code exists once."""
    bottle = next(line for line in lines if line.product.has_code)
    number = plan.person.number if plan.person else 0
    code = token("cap", number, plan.at, bottle.product.sku)[:12].upper()
    step = Step(StepKind.SCAN, plan.at, plan.is_known, lines=(replace(bottle, quantity=1, discount=0),), text=code)
    return _visit(rng, plan, 10 * MINUTE, 8 * HOUR, step)


def review(rng: Random, plan: Plan, store: Store, lines: tuple[Line, ...]) -> tuple[Step, ...]:
    """Say how it was; most who write are content."""
    words, rating = rng.choice(brand().review_words), rng.choices((5, 4, 3, 2, 1), (52, 28, 11, 5, 4))[0]
    step = Step(StepKind.REVIEW, plan.at, plan.is_known, lines=lines[:1], text=words, rating=rating, store=store)
    return _visit(rng, plan, HOUR, 20 * HOUR, step)


def _visit(rng: Random, plan: Plan, after_min: int, after_max: int, step: Step) -> tuple[Step, ...]:
    at = Micros(plan.at + rng.randrange(after_min, after_max, SECOND))
    walk = _Walk(rng, replace(plan, at=at))
    walk.step(StepKind.LAUNCH)
    return (*walk.steps, replace(step, at=Micros(walk.at + rng.randrange(3, 30) * SECOND)))


class _Walk:
    """Steps with the seconds between them, and what the sender knows at each."""

    def __init__(self, rng: Random, plan: Plan) -> None:
        self.rng = rng
        self.at = plan.at
        self.is_known = plan.is_known
        self.steps: list[Step] = []

    def step(
        self,
        kind: StepKind,
        *,
        lines: tuple[Line, ...] = (),
        order_no: str = "",
        text: str = "",
        store: Store | None = None,
    ) -> None:
        self.steps.append(Step(kind, self.at, self.is_known, lines, order_no, text, 0, store))
        self.at = Micros(self.at + int(self.rng.uniform(2.0, 70.0) * 1000) * 1000)

    def sign_in(self) -> None:
        self.is_known = True
        self.step(StepKind.SIGN_IN)
