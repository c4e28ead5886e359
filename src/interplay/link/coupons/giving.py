"""Giving coupons: issued by the brand, claimed by customers, handed on, and taken back for good."""

from collections.abc import Iterator, Sequence

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Hand, Receipt, Refuse, Refused, Step, Tell
from interplay.acts.contracts import Claim as ClaimUnit
from interplay.acts.contracts import Issue as IssueUnit
from interplay.acts.contracts import Void as VoidUnit
from interplay.engine.oltp.contracts import Submitting
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.coupons import codes, rules
from interplay.link.coupons.contracts import (
    CLAIMED,
    ISSUED,
    LIST_MAX,
    TRANSFERRED,
    VOIDED,
    Claim,
    Given,
    Issue,
    Refusal,
    Template,
    Transfer,
    Void,
    Voided,
)
from interplay.link.coupons.presenting import Card, read_code, refusal
from interplay.link.coupons.rules import no
from interplay.link.coupons.standing import Catalogue, Coupons
from interplay.understand.memberships.api import segments_in
from interplay.unify.identity.api import customer_of

ISSUE_ACT, CLAIM_ACT = "coupons.issue", "coupons.claim"


def issue(coupons: Coupons, writing: Submitting, ask: Issue) -> Given | Refused:
    """Give somebody a coupon. Asking again gives the same one.

    Raises AppError `coupons.template` (404), `acts.key_reused` (409).
    """
    return _given(coupons, acts.do(coupons.acts, writing, _to_issue(coupons, coupons.catalogue(), ask)))


def gift(
    coupons: Coupons, template: Template, subject: SubjectId, now: Micros | None = None
) -> tuple[tuple[Step, ...], tuple[Tell, ...]]:
    """Return how an act of somebody else's gives a coupon, now or as of another moment: steps, and what is told.

    A template that gives no more is a step that refuses.
    """
    now = coupons.now() if now is None else now
    why = rules.may_be_given(template, now, coupons.world.zone)
    if why is not None:
        return (Refuse(why.code, why.arguments),), ()
    steps, tell = _unit_of(coupons, template, subject, ISSUED, now=now)
    return steps, (tell,)


def code_of(coupons: Coupons, unit: int) -> str:
    """Return the code of a coupon that an act has given."""
    return codes.printed(codes.personal_code(coupons.digest, unit))


def unit_by(coupons: Coupons, code: str) -> int | None:
    """Return the number of the unit that a code of ours names, of whatever pool; None where we never made it."""
    text = codes.normalized(code)
    return codes.unit_of(coupons.digest, text) if codes.looks_personal(text) else None


def issue_all(coupons: Coupons, writing: Submitting, asks: Sequence[Issue]) -> Iterator[Given | Refused]:
    """Give many people a coupon each, in slices behind whoever waits. Raises AppError `coupons.list`, as `issue`."""
    if len(asks) > LIST_MAX:
        raise AppError("coupons.list", given=len(asks), allowed=LIST_MAX)
    catalogue = coupons.catalogue()
    for answer in acts.do_all(coupons.acts, writing, (_to_issue(coupons, catalogue, ask) for ask in asks)):
        yield _given(coupons, answer)


def claim(coupons: Coupons, writing: Submitting, ask: Claim) -> Given | Refused:
    """Let somebody take a coupon, by a code or of a template that is open to all.

    Raises AppError `coupons.template` (404), `coupons.one_of`, `acts.key_reused` (409).
    """
    if bool(ask.code) is bool(ask.template):
        raise AppError("coupons.one_of")
    catalogue = coupons.catalogue()
    found = read_code(coupons, catalogue, ask.code) if ask.code else Card("", catalogue.template(ask.template))
    return _given(coupons, acts.do(coupons.acts, writing, _to_claim(coupons, ask, found)))


def transfer(coupons: Coupons, writing: Submitting, ask: Transfer) -> Given | Refused:
    """Give her coupon to somebody else. Its code stays the same. Raises AppError `acts.key_reused` (409)."""
    found = read_code(coupons, coupons.catalogue(), ask.code)
    why = found if isinstance(found, Refused) else _not_transferable(coupons, found, ask)
    if why is not None or isinstance(found, Refused) or found.unit is None:
        act = _refused("coupons.transfer", ask, ask.subject, why or no(Refusal.UNKNOWN), ask.by)
    else:
        fields = _about(found.template) | {"unit_no": found.unit.unit}
        act = Act(
            ask.key, "coupons.transfer", _body(ask), (Hand(found.unit.unit, ask.subject, ask.to),),
            tells=tuple(Tell(TRANSFERRED, who, fields | {"transfer": how}) for who, how in _sides(ask)),
            subject=ask.subject, by=ask.by,
            result=_result(found.template, (found.unit.valid_from, found.unit.valid_until)),
        )  # fmt: skip
    return _given(coupons, acts.do(coupons.acts, writing, act))


def void(coupons: Coupons, writing: Submitting, ask: Void) -> Voided | Refused:
    """Take a coupon out of the world that nobody has used. Raises AppError `acts.key_reused` (409)."""
    found = read_code(coupons, coupons.catalogue(), ask.code)
    if isinstance(found, Refused) or found.unit is None:
        why = found if isinstance(found, Refused) else no(Refusal.UNKNOWN)
        act = _refused("coupons.void", ask, None, why, ask.by)
    else:
        unit, owner = found.unit.unit, found.unit.owner
        fields = _about(found.template) | {"unit_no": unit, "reason": ask.reason}
        act = Act(
            ask.key, "coupons.void", _body(ask), (VoidUnit(unit),), (Tell(VOIDED, owner, fields),), owner,
            _result(found.template, (found.unit.valid_from, found.unit.valid_until)), by=ask.by,
        )  # fmt: skip
    answer = acts.do(coupons.acts, writing, act)
    if isinstance(answer, Refused):
        return answer
    made = _made(answer)
    return Voided(answer.effects[-1].unit, made.template, made.version)


def taken_back(coupons: Coupons, receipt: Receipt, reason: str) -> tuple[Tell, ...]:
    """Return what is told when the act that gave a coupon is taken back; nothing where it gave none."""
    if receipt.kind not in (ISSUE_ACT, CLAIM_ACT):
        return ()
    made, unit = _made(receipt), acts.unit_of(coupons.database, receipt.effects[-1].unit)
    template = coupons.catalogue().versions[made.template, made.version]
    fields = _about(template) | {"unit_no": receipt.effects[-1].unit, "reason": reason}
    return (Tell(VOIDED, None if unit is None else unit.owner, fields),)


class _Made(msgspec.Struct, frozen=True, array_like=True):
    """What a receipt says of the coupon beside its unit."""

    template: str
    version: int
    valid_from: Micros
    valid_until: Micros | None


def _to_issue(coupons: Coupons, catalogue: Catalogue, ask: Issue) -> Act:
    """Return the act. For a known key the writer answers before it looks at the steps."""
    template = catalogue.template(ask.template)
    why = rules.may_be_given(template, coupons.now(), coupons.world.zone)
    if why is not None:
        return _refused(ISSUE_ACT, ask, ask.subject, why, ask.by)
    return _giving(coupons, template, ask, ISSUE_ACT, ISSUED, None)


def _to_claim(coupons: Coupons, ask: Claim, card: Card | Refused) -> Act:
    if isinstance(card, Refused):
        return _refused(CLAIM_ACT, ask, ask.subject, card, ask.by)
    customer, wallet = customer_of(coupons.database, ask.subject)
    template, mine = card.template, segments_in(coupons.database, customer)
    why = rules.may_be_given(template, coupons.now(), coupons.world.zone)
    why = why or rules.may_be_claimed(template, mine, has_code=bool(ask.code))
    if card.unit is not None and not card.is_waiting:  # a code that is somebody's: hers already, or another's
        why = refusal(card, wallet) or no(Refusal.CLAIMED)
    if why is not None:
        return _refused(CLAIM_ACT, ask, ask.subject, why, ask.by)
    return _giving(coupons, template, ask, CLAIM_ACT, CLAIMED, card)


def _giving(coupons: Coupons, template: Template, ask: Issue | Claim, kind: str, fact: str, card: Card | None) -> Act:
    digest = None
    if card is not None and card.unit is not None:
        digest = codes.imported_digest(coupons.digest, codes.normalized(ask.code if isinstance(ask, Claim) else ""))
    steps, tell = _unit_of(coupons, template, ask.subject, fact, digest)
    unit = steps[-1]
    assert isinstance(unit, (IssueUnit, ClaimUnit))
    return Act(
        ask.key, kind, _body(ask), steps, (tell,), ask.subject,
        _result(template, (unit.valid_from, unit.valid_until)), gives=True, by=ask.by,
    )  # fmt: skip


def _unit_of(
    coupons: Coupons, template: Template, subject: SubjectId, fact: str, digest: bytes | None = None, *,
    now: Micros | None = None,
) -> tuple[tuple[Step, ...], Tell]:  # fmt: skip
    """Return the steps that give somebody a unit of a template, or the one with a code's digest; and what is told."""
    now, zone = coupons.now() if now is None else now, coupons.world.zone
    start, end = rules.validity(template.document, now, zone)
    last: Step = (
        IssueUnit(template.pool, subject, start, end)
        if digest is None
        else ClaimUnit(template.pool, subject, digest, start, end)
    )
    steps = (*rules.limits(template, subject, now, zone), last)
    value = rules.face_value(template.document)
    fields = _about(template) | {"cost": 0} | ({} if value is None else {"face_value": value})
    return steps, Tell(fact, subject, fields, {"unit_no": (len(steps) - 1, "unit")})


def _refused(kind: str, ask: Issue | Claim | Transfer | Void, subject: SubjectId | None, why: Refused, by: str) -> Act:
    return Act(ask.key, kind, _body(ask), (Refuse(why.code, why.arguments),), subject=subject, by=by)


def _body(ask: Issue | Claim | Transfer | Void) -> bytes:
    """Return what was asked, whoever of the staff asks again."""
    return acts.body_of(msgspec.structs.replace(ask, by=""))


def _not_transferable(coupons: Coupons, card: Card, ask: Transfer) -> Refused | None:
    wallet = customer_of(coupons.database, ask.subject)[1]
    if card.unit is None or card.is_waiting:
        return no(Refusal.NOBODYS)
    if (why := refusal(card, wallet)) is not None:
        return why
    if not card.template.document.transferable:
        return no(Refusal.NOT_TRANSFERABLE)
    end = card.unit.valid_until
    return no(Refusal.ENDED, valid_until=end) if end is not None and end <= coupons.now() else None


def _sides(ask: Transfer) -> tuple[tuple[SubjectId, str], ...]:
    return (ask.subject, "given"), (ask.to, "received")


def _about(template: Template) -> dict[str, object]:
    """Return what every fact of a coupon says."""
    document = template.document
    campaign = {"campaign_id": document.campaign} if document.campaign else {}
    return {"template": template.name, "template_version": template.version, "funder": document.funder, **campaign}


def _result(template: Template, valid: rules.Validity) -> bytes:
    return msgspec.msgpack.encode(_Made(template.name, template.version, *valid))


def _made(receipt: Receipt) -> _Made:
    return msgspec.msgpack.decode(receipt.result, type=_Made)


def _given(coupons: Coupons, answer: Receipt | Refused) -> Given | Refused:
    if isinstance(answer, Refused):
        return answer
    made, unit = _made(answer), answer.effects[-1].unit
    code = codes.printed(codes.personal_code(coupons.digest, unit))
    return Given(code, unit, made.template, made.version, made.valid_from, made.valid_until, answer.is_new)
