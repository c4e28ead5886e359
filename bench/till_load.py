"""`python -m bench.till_load`: tills that commit orders, in a process of their own, as `bench.load` is for facts."""

import gc
import sys

import msgspec

from bench import shop
from bench.load import Orders, Senders
from interplay.faces.http.orders import OrderAsk


class TillOrders(Orders, kw_only=True):
    """What is committed, again and again by another customer, by which devices."""

    order: OrderAsk
    device_keys: list[str]
    step: int  # from one customer to the next


def main() -> None:
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=TillOrders)
    requests = made(orders)
    gc.disable()
    sys.stdout.buffer.write(msgspec.json.encode(Senders(orders, requests).run()))


def made(orders: TillOrders) -> list[bytes]:
    """Return whole HTTP requests, each with a key and a customer of its own."""
    head = (
        "POST /api/till/commit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n"
        "Idempotency-Key: {}-{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    )
    requests = []
    for number in range(orders.requests_max):
        who = {"kind": "user_id", "value": shop.user_id(customer(number, orders))}
        order = msgspec.structs.replace(orders.order, customer=who, order=f"O{number}")
        data = msgspec.json.encode({"order": order})
        key = orders.device_keys[number % len(orders.device_keys)]
        requests.append(head.format(key, orders.seed, number, len(data)).encode() + data)
    return requests


def customer(number: int, orders: TillOrders) -> int:
    return number * orders.step % orders.customers


if __name__ == "__main__":
    main()
