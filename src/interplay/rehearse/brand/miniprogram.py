"""The mini-program's messages (小程序), as the Sensors Analytics SDK sends them.

`distinct_id` is the openid until the visitor has signed in and the user id afterwards; both stand in `identities`.
"""

from collections.abc import Iterator

from interplay.kernel.ids import Micros
from interplay.rehearse.brand.contracts import Habit, Json, Person, Session, Step, StepKind
from interplay.rehearse.brand.people import token
from interplay.rehearse.brand.setting import brand, day_kind, local

TRACKED = {
    StepKind.LAUNCH: "$MPLaunch",
    StepKind.PAGE: "$MPViewScreen",
    StepKind.PRODUCT: "ViewProduct",
    StepKind.CART: "AddToCart",
    StepKind.ORDER: "PayOrder",
    StepKind.CHECK_IN: "StoreCheckIn",
    StepKind.SCAN: "ScanCapCode",
    StepKind.REVIEW: "SubmitReview",
}
BACK_OFFICE: Json = {"$lib": "python", "$lib_version": "1.11.0", "$lib_method": "code"}
LIB: Json = {"$lib": "MiniProgram", "$lib_version": "3.20.4", "$lib_method": "code"}
PRESETS: Json = {"$lib": "MiniProgram", "$lib_version": "3.20.4", "$os": "iOS", "$app_id": "wx0000hillside0000"}


def items(at: Micros) -> Iterator[Json]:
    """Yield the brand's products and stores, as its back office announces them before anything else."""
    for product in brand().products:
        properties: Json = {"name": product.zh, "category": product.category, "price": product.price / 100}
        yield _item(at, "product", product.sku, properties)
    for store in brand().stores:
        yield _item(at, "store", store.id, {"name": store.zh, "city": store.city})


def messages(session: Session) -> Iterator[Json]:
    """Yield the session's messages in order, one a step."""
    person = session.person
    if person is None:
        return
    for place, step in enumerate(session.steps):
        message = _envelope(session, person, step, place)
        if step.kind is StepKind.SIGN_IN:
            message |= {"type": "track_signup", "event": "$SignUp", "original_id": person.openid}
            message["properties"] = dict(PRESETS)
        elif step.kind is StepKind.PROFILE:
            message |= {"type": "profile_set", "properties": _profile(person)}
        else:
            message |= {"type": "track", "event": TRACKED[step.kind], "properties": PRESETS | _properties(step)}
        yield message


def _envelope(session: Session, person: Person, step: Step, place: int) -> Json:
    identities = {"$identity_mp_openid": person.openid}
    message: Json = {"distinct_id": person.openid, "identities": identities}
    if step.is_known:
        identities["$identity_login_id"] = person.user_id
        message |= {"distinct_id": person.user_id, "login_id": person.user_id}
    if step.kind is StepKind.PROFILE:
        identities["$identity_mobile"] = person.phone
        if person.card_no:
            identities["card_no"] = person.card_no
    track_id = int(token("track", session.visitor, session.number, place)[:7], 16)
    return message | {"time": step.at // 1000, "_track_id": track_id, "lib": LIB}


def _profile(person: Person) -> Json:
    profile: Json = {
        "name": person.name,
        "gender": person.gender,
        "birthday": person.birthday,
        "phone": person.phone,
        "city": person.city,
        "home_store": person.store.id,
        "is_staff": person.habit is Habit.STAFF,
    }
    return profile | {"card_no": person.card_no} if person.card_no else profile


def _properties(step: Step) -> Json:
    properties: Json = {} if step.store is None else {"store_id": step.store.id}
    if step.kind is StepKind.PAGE:
        return properties | {"$url_path": step.text, "$title": "点单"}
    if step.kind is StepKind.ORDER:
        return properties | _order(step)
    if step.lines:
        product = step.lines[0].product
        properties |= {"product_id": product.sku, "name": product.zh, "category": product.category}
        properties["price"] = product.price / 100
    if step.kind is StepKind.SCAN:
        properties["item_code"] = step.text
    if step.kind is StepKind.REVIEW:
        properties |= {"rating": step.rating, "review_body": step.text}
    return properties


def _order(step: Step) -> Json:
    order: Json = {
        "order_id": step.order_no,
        "total": step.value / 100,
        "discount": sum(line.discount for line in step.lines) / 100,
        "quantity": sum(line.quantity for line in step.lines),
        "day_type": day_kind(local(step.at).date()).value,
        "sku_list": [line.product.sku for line in step.lines],
    }
    return order | {"coupon": step.text} if step.text else order


def _item(at: Micros, kind: str, item_id: str, properties: Json) -> Json:
    return {
        "type": "item_set",
        "time": at // 1000,
        "item_type": kind,
        "item_id": item_id,
        "properties": properties,
        "lib": BACK_OFFICE,
    }
