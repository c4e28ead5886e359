"""A store with a sender, for stories of webhooks: the clock is the test's, the network is this machine's own."""

import time

from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.registry import Look, look
from interplay.bootstrap.sending import start_sender
from interplay.engine.delivery import endpoints
from tests.stores import Store

SECONDS_MAX = 20.0


class Stage(Store):
    """Door, mind and, when it is started, sender."""

    def __init__(self, folder, clock=None):
        super().__init__(folder, clock)
        self.sender = None

    def start_sender(self):
        self.sender = start_sender(self.home, self.mind, self)

    def stop_sender(self):
        if self.sender is not None:
            self.sender.close()
            self.sender = None

    def restart_mind(self):
        self.mind = Mind(self.home, self.writer)

    def close(self):
        self.stop_sender()
        super().close()

    def webhook(self, name, url, facts=("order.completed",), **more):
        """Apply a webhook with a secret; return the secret."""
        self.apply({"kind": WEBHOOK, "name": name, "url": url, "facts": list(facts), **more})
        return self.secret(name)

    def secret(self, name, *, is_rotating=False, kind=WEBHOOK):
        ask, text = endpoints.new_secret(self.home.world, self.keys, kind, name, is_rotating=is_rotating)
        self.write(endpoints.set_secret, ask)
        return text

    def follow(self):
        """Let the mind deal with everything that is stored."""
        self.mind.wait()
        self.ask(look, Look())

    def view(self, name):
        return webhooks.shown(self.database, name)

    def counts(self, name):
        self.follow()
        return {state.value: count for state, count in self.view(name).counts.items()}

    def wait_for(self, name, **wanted):
        eventually(lambda: self.counts(name) == wanted, lambda: f"{self.counts(name)} is not {wanted}")

    def deliveries(self, name, **more):
        return webhooks.deliveries(self.database, self.keys, name, **more)


def eventually(is_so, words=lambda: "", seconds_max=SECONDS_MAX):
    until = time.monotonic() + seconds_max
    while not is_so():
        assert time.monotonic() < until, words()
        time.sleep(0.02)
