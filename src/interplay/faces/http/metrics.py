"""Numbers for Prometheus, as its text format has them."""

import asyncio
import resource
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interplay.engine.oltp.contracts import AnyCommand, Priority
from interplay.engine.oltp.writer import Writer
from interplay.faces.http.waiting import AsyncWriter

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WRITE_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1.0, 5.0)
PAGE_BYTES = resource.getpagesize()
STATM = Path("/proc/self/statm")

Labels = Mapping[str, str]


class Histogram:
    """How often something took how long."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class TimedWriter(AsyncWriter):
    """The awaitable writer, which remembers how long each command waited for the disk."""

    def __init__(self, writer: Writer, seconds: Histogram) -> None:
        super().__init__(writer)
        self._seconds = seconds

    def run(self, command: AnyCommand, ask: Any, priority: Priority = Priority.LIVE) -> "asyncio.Future[Any]":
        began = time.perf_counter()
        future = super().run(command, ask, priority)
        future.add_done_callback(lambda _: self._seconds.observe(time.perf_counter() - began))
        return future


@dataclass(slots=True)
class Figures:
    """What is counted in this process since it started."""

    writer: Writer
    seconds: Histogram = field(default_factory=lambda: Histogram(WRITE_SECONDS))
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)  # (door, stored | duplicate | rejected) → items
    without_rate: Counter[str] = field(default_factory=Counter)  # door → facts

    def add_to(self, sheet: "Sheet") -> None:
        """Write the figures of the doors and of the writer."""
        items = [({"door": door, "result": result}, n) for (door, result), n in sorted(self.counts.items())]
        sheet.add("interplay_items_total", "counter", "Items that came to the doors, by what became of them.", items)
        unpriced = [({"door": door}, n) for door, n in sorted(self.without_rate.items())]
        meaning = "New facts without amounts, in a currency without a rate."
        sheet.add("interplay_facts_without_rate_total", "counter", meaning, unpriced)
        for name, meaning, value in (
            ("interplay_write_groups_total", "Transactions of the writer.", self.writer.groups_count),
            ("interplay_write_commands_total", "Commands in them.", self.writer.commands_count),
        ):
            sheet.add_one(name, "counter", meaning, value)
        sheet.add_one("interplay_write_queue_length", "gauge", "Commands that wait.", self.writer.waiting_count())
        sheet.add_histogram("interplay_write_seconds", "From a door's command to the disk's answer.", self.seconds)


class Sheet:
    """The text, metric by metric."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: str, meaning: str, values: Iterable[tuple[Labels, float]]) -> None:
        """Write a metric with one line per set of labels."""
        self._lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
        self._lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in values]

    def add_one(self, name: str, kind: str, meaning: str, value: float) -> None:
        self.add(name, kind, meaning, [({}, value)])

    def add_histogram(self, name: str, meaning: str, histogram: Histogram) -> None:
        self._lines += [f"# HELP {name} {meaning}", f"# TYPE {name} histogram"]
        total = 0
        for bound, count in zip((*histogram.bounds, "+Inf"), histogram.counts, strict=True):
            total += count
            self._lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        self._lines += [f"{name}_sum {histogram.sum:.6f}", f"{name}_count {total}"]

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def add_process(sheet: Sheet) -> None:
    """Write what this process uses, under the names that Prometheus clients have for it."""
    sheet.add_one("process_resident_memory_bytes", "gauge", "Memory of the door.", _resident_bytes())
    sheet.add_one("process_cpu_seconds_total", "counter", "Processor time of the door.", time.process_time())


def _resident_bytes() -> int:
    if STATM.exists():
        return int(STATM.read_text("ascii").split()[1]) * PAGE_BYTES
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return highest if sys.platform == "darwin" else highest * 1024


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6f}"


def _labels(labels: Labels) -> str:
    inner = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""
