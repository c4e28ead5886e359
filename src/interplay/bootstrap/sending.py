"""The sender of a data directory, beside its mind: what is delivered, and what it may reach."""

from interplay.automate.audiences import api as audiences
from interplay.automate.audiences.contracts import AUDIENCE
from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.home import Home
from interplay.bootstrap.mind import Mind
from interplay.collect.facts.api import Declarations
from interplay.engine.delivery.contracts import Source
from interplay.engine.delivery.sender import Sender
from interplay.engine.oltp.contracts import Writing
from interplay.link.sessions.api import PhoneCodes
from interplay.link.sessions.contracts import SESSIONS


def start_sender(home: Home, mind: Mind, writing: Writing) -> Sender:
    """Begin to deliver what is in the outbox; close the sender before the mind."""
    return Sender(
        home.world, home.database, home.keys, writing, sources(home, mind),
        are_private_allowed=home.settings.webhooks.private_networks,
    )  # fmt: skip


def sources(home: Home, mind: Mind) -> dict[str, Source]:
    """Return who makes what is sent, by kind of endpoint."""
    declarations = Declarations(home.database, home.settings.brand, home.keys)
    return {
        WEBHOOK: webhooks.Webhooks(
            home.world, home.database, home.keys, declarations, lambda ask: mind.ask(webhooks.has_consent, ask)
        ),
        AUDIENCE: audiences.Audiences(
            home.world, home.database, audiences.Exporting(mind, home.database, home.keys), declarations
        ),
        SESSIONS: PhoneCodes(home.world, home.database, home.keys),
    }
