"""`python -m tests.chaos.acting DATA SEED OPERATIONS OUT`: somebody who asks for the same acts as everybody else.

What operation n is follows from n alone, so that eight processes ask for each of them, at once and again and again,
now and then with another body. Every receipt is written down; whoever is not answered asks again.
"""

import random
import sys
import time
from pathlib import Path

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Credit, Debit, Do, Mint, Receipt, Refused, Settle, Take, Undo
from interplay.bootstrap.access import Access
from interplay.engine.oltp.contracts import write
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import MINUTE

PEOPLE = 12
STOCK = 150
CAP = 20
TRIES_MAX = 2_000
PAUSE_SECONDS = 0.05


def stock() -> Act:
    return Act("stock", "stock", b"s", (Mint("gifts", STOCK),))


def operation(number: int) -> Act | Settle:
    """Return what operation `number` is, for whoever asks for it."""
    rng = random.Random(number)
    who = SubjectId(rng.randrange(1, PEOPLE + 1))
    other = f"op{rng.randrange(max(number, 1))}"
    match rng.randrange(10):
        case 0 | 1 | 2:
            kind, steps = "earn", (Credit("points", who, rng.randrange(1, 30)),)
        case 3 | 4:
            kind, steps = "spend", (Debit("points", who, rng.randrange(1, 40)),)
        case 5 | 6:
            kind, steps = "take", (Count("each", subject=who, cap=CAP), Take("gifts"), Debit("points", who, 2))
        case 7:
            kind, steps = "undo", (Undo(other),)
        case 8:
            return Settle(other, rng.random() < 0.5)
        case _:
            until = Micros(2**61 if rng.random() < 0.5 else MINUTE)  # never over, or over long ago
            steps = (Take("gifts"), Debit("points", who, rng.randrange(1, 10)))
            return Act(f"op{number}", "hold", body(number), steps, subject=who, hold_until=until)
    return Act(f"op{number}", kind, body(number), steps, subject=who)


def body(number: int) -> bytes:
    return acts.body_of([number])


def main(data: Path, seed: int, operations: int, out: Path) -> None:
    rng = random.Random(seed)
    found: dict[str, tuple[int, str]] = {}
    with Access(data) as access, out.open("w") as file:
        command = access.home.acts.command
        for _ in range(operations):
            number = rng.randrange(operations)
            ask = operation(number)
            is_other = isinstance(ask, Act) and ask.key in found and rng.random() < 0.1
            if is_other:
                ask = msgspec.structs.replace(ask, body=b"something else")
            answer = _asked(access, command, ask)
            if is_other:
                assert isinstance(answer, Refused), answer
                assert answer.code == "acts.key_reused", answer
            elif isinstance(answer, Receipt) and isinstance(ask, Act):
                first = (answer.act, repr(answer.effects) if answer.state != "held" else "")
                assert found.setdefault(ask.key, first)[0] == first[0], (ask.key, found[ask.key], first)
                file.write(msgspec.json.encode([ask.key, answer.act, ask.kind, answer.state]).decode() + "\n")


def _asked(access: Access, command: object, ask: Act | Settle) -> object:
    for _ in range(TRIES_MAX):
        try:
            return write(access, command, Do(ask))  # type: ignore[arg-type]
        except AppError as error:
            if error.status < 500:
                raise
        except OSError:
            pass
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("nobody answered")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
