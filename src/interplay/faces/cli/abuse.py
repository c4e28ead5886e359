"""Abuse: which prizes wait for a review and why, approved or rejected one by one or in bulk, and why somebody waits."""

import getpass
from itertools import islice
from typing import Annotated

import msgspec
import typer

from interplay.acts import api as acts
from interplay.bootstrap import abuse as guarding
from interplay.bootstrap.access import Access
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.interact.campaigns.api import Verdict, Waiting, Which
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang
from interplay.unify.identity.api import customer_of

ROWS_MAX = 10_000

Campaign = Annotated[str, typer.Option(help="Only of this campaign.")]
Reason = Annotated[str, typer.Option(help="Only what is suspected for this, by its code: abuse.shared_device.")]
Device = Annotated[str, typer.Option(help="Only of who was seen on this device, by its identifier.")]
Numbers = Annotated[list[int] | None, typer.Argument(metavar="[ACT]...", help="Only these, by number.")]
Who = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")]
Language = Annotated[str, typer.Option("--lang", help="zh or en")]
Note = Annotated[str, typer.Option("--note", help="Why, for the record.")]

abuse_app = typer.Typer(help="Abuse: what waits for a review, approve, reject, explain.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(abuse_app, name="abuse")


@abuse_app.command("list")
@says_mistakes
def list_(
    context: typer.Context, campaign: Campaign = "", reason: Reason = "", device: Device = "",
    lang: Language = "en", as_json: AsJson = False,
) -> None:  # fmt: skip
    """List plays whose prizes wait for a review, the oldest first, and what speaks against who played."""
    said = _known(lang)
    with reach(context) as access:
        found = list(islice(guarding.waiting(access, Which(campaign, reason, device)), ROWS_MAX))
        if as_json:
            print_json(found)
            return
        rows = (
            (one.act, local(access, one.at), customer_of(access.home.database, one.subject)[0], one.campaign,
             ", ".join(one.prizes), _reasons(access, one, said))
            for one in found
        )  # fmt: skip
        print_table(("act", "at", "customer", "campaign", "prizes", "why"), rows)


@abuse_app.command("review")
@says_mistakes
def review(context: typer.Context, campaign: Campaign = "", reason: Reason = "", device: Device = "") -> None:
    """Look at what waits one after the other, and decide: approve, reject or leave it."""
    with reach(context) as access:
        for one in guarding.waiting(access, Which(campaign, reason, device)):
            who = customer_of(access.home.database, one.subject)[0]
            console.print(f"act {one.act}: customer {who} won {', '.join(one.prizes)} in {one.campaign}", markup=False)
            console.print(f"  {_reasons(access, one)}", markup=False, highlight=False)
            answer = typer.prompt("approve, reject, skip or quit", default="skip")
            if answer == "quit":
                return
            if answer in list(Verdict):
                _decide(access, Which(acts=frozenset({one.act})), Verdict(answer), "")


@abuse_app.command("approve")
@says_mistakes
def approve(
    context: typer.Context, numbers: Numbers = None, campaign: Campaign = "", reason: Reason = "",
    device: Device = "", note: Note = "",
) -> None:  # fmt: skip
    """Give the prizes of what waits, all that fits."""
    with reach(context) as access:
        _decide(access, Which(campaign, reason, device, frozenset(numbers or ())), Verdict.APPROVE, note)


@abuse_app.command("reject")
@says_mistakes
def reject(
    context: typer.Context, numbers: Numbers = None, campaign: Campaign = "", reason: Reason = "",
    device: Device = "", note: Note = "",
) -> None:  # fmt: skip
    """Take back what waits, all that fits: stock, limits and cost are free again, the play stays played."""
    with reach(context) as access:
        _decide(access, Which(campaign, reason, device, frozenset(numbers or ())), Verdict.REJECT, note)


@abuse_app.command("explain")
@says_mistakes
def explain(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="A campaign with a guard.")],
    who: Who,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what is known of a customer's surroundings, and what of it speaks against her."""
    said = _known(lang)
    with reach(context) as access:
        found = guarding.explain(access, campaign, split(who))
        if as_json:
            print_json(found)
            return
        stands = "trusted" if found.is_trusted else "suspected" if found.is_suspected else "not suspected"
        console.print(f"customer {found.customer} is {stands} in {campaign}, score {found.score}", markup=False)
        for one in found.reasons:
            console.print(f"  {acts.sentence(one, said, access.home.world)}", markup=False, highlight=False)
        print_table(("signal", "value"), msgspec.structs.asdict(found.signals).items())


def _decide(access: Access, which: Which, verdict: Verdict, note: str) -> None:
    found = guarding.decide(access, which, verdict, by=getpass.getuser(), reason=note)
    said = "approved" if verdict is Verdict.APPROVE else "rejected"
    console.print(f"{found.decided:,} {said}", markup=False)
    for act, why in found.refused.items():
        console.print(f"  act {act}: {acts.sentence(why, 'en', access.home.world)}", markup=False)


def _known(lang: str) -> Lang:
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    return lang


def _reasons(access: Access, one: Waiting, lang: Lang = "en") -> str:
    return "; ".join(acts.sentence(reason, lang, access.home.world) for reason in one.reasons)
