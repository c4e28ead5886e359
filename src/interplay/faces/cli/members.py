"""Members: let somebody join, show one."""

from typing import Annotated

import typer

from interplay.bootstrap import members as membership
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.link.members.api import printed
from interplay.link.members.contracts import JoinChannel

Who = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")]

members_app = typer.Typer(help="Members: join, show.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(members_app, name="members")


@members_app.command("join")
@says_mistakes
def join(
    context: typer.Context,
    who: Who,
    channel: Annotated[JoinChannel, typer.Option(help="Where she joins.")] = JoinChannel.WEB,
    store: Annotated[str | None, typer.Option(help="The store where she joins.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make somebody a member. Who is one already keeps her card."""
    with reach(context) as access:
        joined = membership.join(access, [split(who)], JoinChannel.STORE if store else channel, store=store)
    if as_json:
        print_json(joined)
    else:
        had = "joined with" if joined.is_new else "has"
        console.print(f"{who} {had} card {printed(joined.card_no)}", markup=False)


@members_app.command("show")
@says_mistakes
def show(context: typer.Context, who: Who, as_json: AsJson = False) -> None:
    """Show a member: her cards, which kinds of identifiers she has, when and where she joined."""
    with reach(context) as access:
        view = membership.show(access, *split(who))
        if as_json:
            print_json(view)
            return
        console.print(f"customer {view.customer}; identifiers: {', '.join(view.identifiers)}", markup=False)
        rows = (
            (printed(one.card_no), local(access, one.joined_at), one.channel.value, one.store, one.device)
            for one in view.cards
        )
        print_table(("card", "joined", "channel", "store", "device"), rows)
