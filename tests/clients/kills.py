"""Killing the server while a client sends: each process once, and all of them at once."""

import threading
from collections.abc import Callable
from contextlib import closing

from interplay.engine.log.read import LogReader
from interplay.engine.oltp.sqlite import SqliteDatabase
from tests.serving import Server, wait_for

VICTIMS: tuple[tuple[str, ...], ...] = (("mind",), ("door",), ("keeper",), ())  # the last: all three


def send_while_killing(server: Server, send: Callable[[], None], facts_count: int) -> int:
    """Run `send` beside kills that are spread over what it sends; return how many kills came before its end."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            send()
        except BaseException as failure:
            failures.append(failure)

    sending = threading.Thread(target=run)
    sending.start()
    kills = 0
    for number, victims in enumerate(VICTIMS, 1):
        wanted = facts_count * number // (len(VICTIMS) + 1)
        wait_for(
            lambda wanted=wanted: stored_count(server) >= wanted or not sending.is_alive(), "some facts to be stored"
        )
        kills += sending.is_alive()
        _kill(server, victims)
    sending.join()
    assert failures == []
    server.wait_until_ready()
    return kills


def stored_count(server: Server) -> int:
    with closing(LogReader(SqliteDatabase(server.site.data))) as reader:
        return sum(reader.counts().values())


def _kill(server: Server, victims: tuple[str, ...]) -> None:
    server.kill(*victims)
    if not victims or "keeper" in victims:
        server.wait_until_free()
        server.start()
