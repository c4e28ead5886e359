"""Batches: made once, then sent, activated and made void in ranges. Each of these is one command and one fact."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from interplay.collect.ingest.api import told
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import NewFact
from interplay.engine.oltp.contracts import Command, Submitting, Tx, write
from interplay.interact.codes import codec, packing, store
from interplay.interact.codes.contracts import (
    ACTIVATED,
    COUNT_MAX,
    GENERATED,
    PACK_MAX,
    SENT,
    SPANS_MAX,
    VOIDED,
    WORD_CHARS_MAX,
    Batch,
    BatchView,
    Destination,
    Generate,
    Mark,
    Put,
    Span,
)
from interplay.interact.codes.provinces import province_of
from interplay.interact.codes.standing import Codes
from interplay.kernel.errors import AppError

SOURCE = "codes"
TOLD = {Mark.ACTIVE: ACTIVATED, Mark.SENT: SENT, Mark.VOID: VOIDED}
URL_CHARS_MAX = 80
PROVINCES_MAX = 40

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")


def making(appender: Appender) -> Command[Generate, Batch]:
    """Return the command that makes a batch. Raises AppError `codes.batch_taken`, `codes.numbers` (409)."""

    def run(tx: Tx, ask: Generate) -> Batch:
        number, end = store.last_in(tx)
        wanted = Batch(
            number + 1, ask.name, ask.product, ask.count, ask.packing, ask.url, ask.people_max, max(end, 1),
            tx.world.now(), ask.by,
        )  # fmt: skip
        if (known := store.batch_in(tx, ask.name)) is not None:
            if _asked(known) != _asked(wanted):
                raise AppError("codes.batch_taken", status=409, given=ask.name)
            return known
        until = wanted.first + packing.numbers_of(wanted)
        if until - 1 > codec.NUMBER_MAX:
            raise AppError("codes.numbers", status=409, given=packing.numbers_of(wanted))
        store.add_batch(tx, wanted, until)
        fields: dict[str, object] = {"batch_id": ask.name, "product_id": ask.product, "item_count": ask.count}
        fact = told(SOURCE, GENERATED, tx.world.now(), f"batch:{wanted.number}", fields)
        appender.append_all(tx, [Append([fact])])
        return wanted

    return Command("codes.make", Generate, Batch, run)


def putting(appender: Appender) -> Command[Put, int]:
    """Return the command that says something of ranges; it answers of how many items that is news.

    What is active or void stays so since when it was first; where goods are sent is what was said last.
    """

    def run(tx: Tx, ask: Put) -> int:
        news = [(one, at) for at, span in enumerate(ask.spans) for one in _put(tx, ask, span)]
        if news:
            appender.append_all(tx, [Append([_fact(tx, ask, one, at) for one, at in news])])
        return sum(one.until - one.first for one, _ in news)

    return Command("codes.put", Put, int, run)


def generate(codes: Codes, writing: Submitting, ask: Generate) -> Batch:
    """Make a batch: its codes are there at once, and not active.

    Raises AppError `codes.name`, `codes.word`, `codes.bounds`, `codes.packing`, `codes.url`; `codes.batch_taken`,
    `codes.numbers` (409).
    """
    if not _NAME.match(ask.name):
        raise AppError("codes.name", given=ask.name)
    _check_word("product", ask.product, is_needed=True)
    _check_bounds("count", ask.count, 1, COUNT_MAX)
    for word in ask.packing.__struct_fields__:
        _check_bounds(word, getattr(ask.packing, word), 0, PACK_MAX)
    if not packing.is_whole(ask.packing):
        raise AppError("codes.packing")
    _check_bounds("people_max", ask.people_max, 1, COUNT_MAX)
    _check_url(ask.url)
    return write(writing, making(codes.acts.appender), ask)


def put(
    codes: Codes, writing: Submitting, batch: Batch, mark: Mark, spans: Sequence[Span], *,
    destination: Destination | None = None, reason: str = "", by: str = "",
) -> int:  # fmt: skip
    """Make items active or void, or say where they were sent; return of how many that is news.

    Raises AppError `codes.items`, `codes.spans`, `codes.destination`, `codes.word`.
    """
    if not 0 < len(spans) <= SPANS_MAX:
        raise AppError("codes.spans", given=len(spans), allowed=SPANS_MAX)
    for span in spans:
        if not 0 <= span.first < span.until <= batch.count:
            raise AppError("codes.items", first=span.first + 1, last=span.until, batch=batch.name, count=batch.count)
    _check_word("reason", reason)
    if mark is Mark.SENT:
        destination = _destination(destination or Destination())
    ask = Put(
        batch=batch.number, name=batch.name, mark=mark, spans=tuple(spans), destination=destination, reason=reason,
        by=by,
    )  # fmt: skip
    return write(writing, putting(codes.acts.appender), ask)


def views(codes: Codes) -> list[BatchView]:
    """Return every batch, the oldest first, with how much of it is active, sent, void."""
    found = store.totals(codes.database)

    def view(batch: Batch) -> BatchView:
        return BatchView(batch, *(found.get((batch.number, mark.value), 0) for mark in Mark))

    return [view(batch) for batch in codes.batches()]


def _put(tx: Tx, ask: Put, span: Span) -> Iterator[Span]:
    """Yield what of a span is news, once it is written."""
    said = store.Said(ask.destination, ask.reason)
    at = span.first
    for one in store.ranges_in(tx, ask.batch, ask.mark, span):
        if ask.mark is Mark.SENT and not store.is_said(one, said):
            store.cut(tx, ask.batch, ask.mark, one, span)
            continue
        if at < one.first:
            yield _written(tx, ask, Span(at, one.first), said)
        at = one.until
    if at < span.until:
        yield _written(tx, ask, Span(at, span.until), said)


def _written(tx: Tx, ask: Put, span: Span, said: store.Said) -> Span:
    store.put(tx, ask.batch, ask.mark, span, said, ask.by)
    return span


def _fact(tx: Tx, ask: Put, span: Span, at: int) -> NewFact:
    now = tx.world.now()
    fields: dict[str, object] = {
        "batch_id": ask.name, "first_item": span.first + 1, "last_item": span.until,
        "item_count": span.until - span.first,
    }  # fmt: skip
    if ask.reason:
        fields["reason"] = ask.reason
    if ask.destination is not None:
        fields |= {"sent_to": ", ".join(ask.destination.provinces), "region": ask.destination.region}
        fields |= {"dealer": ask.destination.dealer, "store_id": ask.destination.store}
    said = {name: value for name, value in fields.items() if value != ""}
    return told(SOURCE, TOLD[ask.mark], now, f"{ask.batch}:{ask.mark}:{span.first}:{at}:{now}", said)


def _asked(batch: Batch) -> tuple[object, ...]:
    """Return what of a batch was asked for, whenever and by whomever."""
    return batch.product, batch.count, batch.packing, batch.url, batch.people_max


def _destination(given: Destination) -> Destination:
    """Return a destination with its provinces by their one name. Raises AppError `codes.destination`."""
    provinces = tuple(dict.fromkeys(found for one in given.provinces if (found := province_of(one))))
    if not (provinces or given.region or given.dealer or given.store) or len(provinces) > PROVINCES_MAX:
        raise AppError("codes.destination", allowed=PROVINCES_MAX)
    for word in ("region", "dealer", "store"):
        _check_word(word, getattr(given, word))
    return Destination(provinces, given.region, given.dealer, given.store)


def _check_word(word: str, given: str, *, is_needed: bool = False) -> None:
    if len(given) > WORD_CHARS_MAX or not given.isprintable() or (is_needed and not given.strip()):
        raise AppError("codes.word", word=word, given=given[:WORD_CHARS_MAX], allowed=WORD_CHARS_MAX)


def _check_bounds(word: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise AppError("codes.bounds", word=word, given=given, least=least, most=most)


def _check_url(given: str) -> None:
    """Raise AppError `codes.url` for what no code may stand behind: it must end where the code begins."""
    parts = urlsplit(given)
    is_well = parts.scheme.lower() in ("http", "https") and parts.netloc and given[-1] in "/=#" and given.isascii()
    if given and (not is_well or len(given) > URL_CHARS_MAX or not given.isprintable() or " " in given):
        raise AppError("codes.url", given=given[:URL_CHARS_MAX], allowed=URL_CHARS_MAX)
