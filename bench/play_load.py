"""`python -m bench.play_load`: customers who play, in a process of their own, as `bench.till_load` is for tills."""

import gc
import sys

import msgspec

from bench.load import Orders, Senders


class PlayOrders(Orders, kw_only=True):
    """Who plays, by the tokens of sessions, one after the other; in which part of which campaign."""

    tokens: list[str]
    path: str


def main() -> None:
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=PlayOrders)
    requests = made(orders)
    gc.disable()
    sys.stdout.buffer.write(msgspec.json.encode(Senders(orders, requests).run()))


def made(orders: PlayOrders) -> list[bytes]:
    """Return whole HTTP requests, each with a key of its own."""
    head = (
        f"POST {orders.path} HTTP/1.1\r\nHost: localhost\r\n"
        "Authorization: Bearer {}\r\nIdempotency-Key: {}-{}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    return [
        head.format(orders.tokens[number % len(orders.tokens)], orders.seed, number).encode()
        for number in range(orders.requests_max)
    ]


if __name__ == "__main__":
    main()
