"""The web shop's messages, as Segment's analytics.js and the shop's server send them.

A browser knows the user id once somebody has signed in on it; the server, which reports refunds, knows nothing else.
"""

from collections.abc import Iterator

from interplay.kernel.time import from_micros
from interplay.rehearse.brand.contracts import Json, Line, Person, Session, Step, StepKind
from interplay.rehearse.brand.people import cookie
from interplay.rehearse.brand.setting import brand, day_kind, local

TRACKED = {
    StepKind.PRODUCT: "Product Viewed",
    StepKind.CART: "Product Added",
    StepKind.CHECKOUT: "Checkout Started",
    StepKind.ORDER: "Order Completed",
    StepKind.REFUND: "Order Refunded",
    StepKind.QUIZ: "Roast Quiz Completed",
}
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; 24030PN60C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Safari/605.1.15",
)


def messages(session: Session) -> Iterator[Json]:
    """Yield the session's messages in order, one a step."""
    path = "/"
    for place, step in enumerate(session.steps):
        path = _path(step) or path
        yield _envelope(session, step, place, path) | _content(session.person, step, path)


def _envelope(session: Session, step: Step, place: int, path: str) -> Json:
    message: Json = {
        "messageId": cookie("message", session.visitor, session.number, place),
        "timestamp": from_micros(step.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if step.is_known and session.person is not None:
        message["userId"] = session.person.user_id
    if step.kind is StepKind.REFUND:
        message["context"] = {"library": {"name": "@segment/analytics-node", "version": "2.3.0"}}
        return message
    message["anonymousId"] = session.visitor
    message["context"] = {
        "library": {"name": "analytics.js", "version": "next-1.81.0"},
        "locale": "zh-CN",
        "userAgent": BROWSERS[int(session.visitor[0], 16) % len(BROWSERS)],
        "page": {"path": path, "url": brand().site + path, "title": brand().name["zh"]},
    }
    return message


def _content(person: Person | None, step: Step, path: str) -> Json:
    if step.kind is StepKind.PAGE:
        url = brand().site + path
        return {"type": "page", "properties": {"path": path, "url": url, "title": brand().name["zh"]}}
    if step.kind is StepKind.SIGN_IN and person is not None:
        traits = {"name": person.name, "email": person.email, "phone": person.phone, "city": person.city}
        return {"type": "identify", "traits": traits}
    return {"type": "track", "event": TRACKED[step.kind], "properties": _properties(step)}


def _properties(step: Step) -> Json:
    if step.kind in {StepKind.PRODUCT, StepKind.CART}:
        return _product(step.lines[0]) | {"currency": brand().currency}
    if step.kind is StepKind.QUIZ:
        return {"roast": step.text}
    money: Json = {"order_id": step.order_no, "total": step.value / 100, "currency": brand().currency}
    if step.kind is StepKind.ORDER:
        money["day_type"] = day_kind(local(step.at).date()).value
        money["discount"] = sum(line.discount for line in step.lines) / 100
        if step.text:
            money["coupon"] = step.text
    return money | {"products": [_product(line) for line in step.lines]}


def _product(line: Line) -> Json:
    return {
        "product_id": line.product.sku,
        "name": line.product.zh,
        "category": line.product.category,
        "price": line.product.price / 100,
        "quantity": line.quantity,
    }


def _path(step: Step) -> str:
    if step.kind is StepKind.PAGE:
        return step.text
    if step.kind is StepKind.PRODUCT:
        return f"/goods/{step.lines[0].product.sku}"
    return "/checkout" if step.kind in {StepKind.CHECKOUT, StepKind.ORDER, StepKind.SIGN_IN} else ""
