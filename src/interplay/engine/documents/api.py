"""Read documents from files, say what would change, and change it: all documents of a folder or none."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct
from sqlalchemy import func, insert, select

from interplay.engine.documents.contracts import (
    Change,
    ChangeKind,
    Document,
    DocumentError,
    DocumentKind,
    MistakesError,
)
from interplay.engine.documents.places import Place, line_at, lines_of
from interplay.engine.documents.store import documents
from interplay.engine.log.erasure import log_end
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position
from interplay.kernel.spelling import closest

FILE_BYTES_MAX = 4 * 1024 * 1024
COUNT = "SELECT count(*) FROM documents"


class Apply(Struct, frozen=True):
    """Make these the current versions. `revision` is what the plan was made against."""

    documents: tuple[Document, ...]
    revision: int


def read_folder(folder: Path, kinds: Iterable[str]) -> tuple[list[Document], list[AppError]]:
    """Return every document in a folder's `*.yaml` files, in order, and what cannot be read as one.

    A document without a name has that of its file. Raises AppError `documents.no_folder`.
    """
    if not folder.is_dir():
        raise AppError("documents.no_folder", given=str(folder))
    known = sorted(kinds)
    found: dict[tuple[str, str], Document] = {}
    mistakes: list[AppError] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml")):
        for document in _read_file(path, path.relative_to(folder).as_posix(), known, mistakes):
            if (first := found.setdefault((document.kind, document.name), document)) is not document:
                twice = AppError(
                    "documents.twice", file=document.file, line=document.line, kind=document.kind, name=document.name,
                    first=f"{first.file}:{first.line}",
                )  # fmt: skip
                mistakes.append(twice)
    return list(found.values()), mistakes


def current(database: Database) -> list[Document]:
    """Return the current version of every document."""
    latest = (
        select(documents.c.kind, documents.c.name, func.max(documents.c.version).label("version"))
        .group_by(documents.c.kind, documents.c.name)
        .subquery()
    )
    query = select(documents).join(
        latest,
        (documents.c.kind == latest.c.kind)
        & (documents.c.name == latest.c.name)
        & (documents.c.version == latest.c.version),
    )
    with database.read() as connection:
        return [_document(row) for row in connection.execute(query.order_by(documents.c.kind, documents.c.name))]


def find(database: Database, kind: str, name: str) -> Document | None:
    """Return the current version of a document, if there is one."""
    query = select(documents).where(documents.c.kind == kind, documents.c.name == name)
    with database.read() as connection:
        row = connection.execute(query.order_by(documents.c.version.desc()).limit(1)).first()
    return None if row is None else _document(row)


def versions(database: Database, kind: str) -> list[Document]:
    """Return every version of every document of a kind, in the order in which they were applied."""
    query = select(documents).where(documents.c.kind == kind)
    with database.read() as connection:
        rows = connection.execute(query.order_by(documents.c.applied_at, documents.c.name, documents.c.version))
        return [_document(row) for row in rows]


def revision(database: Database) -> int:
    """Return a number that grows with every applied version."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every order
        return int(raw.execute(COUNT).fetchone()[0])


def merged(standing: Sequence[Document], wanted: Sequence[Document]) -> list[Document]:
    """Return the documents as they would stand after `wanted` is applied. Nothing is removed by its absence."""
    by_name = {(document.kind, document.name): document for document in (*standing, *wanted)}
    return list(by_name.values())


def plan(
    standing: Sequence[Document],
    wanted: Sequence[Document],
    kinds: Sequence[DocumentKind],
    unread: Sequence[AppError] = (),
) -> list[Change]:
    """Check `wanted` beside what stands and return what applying it would do. Raises all mistakes there are.

    `unread` is what could not be read as a document.
    """
    raise_all([*unread, *_mistakes(merged(standing, wanted), kinds)])
    versions = {(document.kind, document.name): document for document in standing}
    return [_change(versions.get((document.kind, document.name)), document) for document in wanted]


def raise_all(mistakes: Sequence[AppError]) -> None:
    """Raise the mistake, or all of them as one. Raises AppError `documents.mistakes` or what the only one is."""
    if mistakes:
        raise mistakes[0] if len(mistakes) == 1 else MistakesError(mistakes)


def _mistakes(documents: Sequence[Document], kinds: Sequence[DocumentKind]) -> list[DocumentError]:
    """Return what is wrong with documents by themselves, and with each other; a place that is wrong is told once."""
    by_name = {kind.kind: kind for kind in kinds}
    mended: list[Document] = []
    found: list[DocumentError] = []
    for document in documents:
        better, wrong = by_name[document.kind].mend(document)
        mended.append(better)
        found += [DocumentError(document, one.mistake, one.place) for one in wrong]
    misshapen = list(found)
    told: set[tuple[str, str, Place]] = set()
    for kind in kinds:
        for error in kind.check(mended):
            where = (error.document.kind, error.document.name, error.place)
            if where not in told and not any(_overlap(known, error) for known in misshapen):
                told.add(where)
                found.append(error)
    return found


def _overlap(one: DocumentError, other: DocumentError) -> bool:
    length = min(len(one.place), len(other.place))
    is_one_document = (one.document.kind, one.document.name) == (other.document.kind, other.document.name)
    return is_one_document and one.place[:length] == other.place[:length]


def _apply(tx: Tx, ask: Apply) -> int:
    """Store new versions; answer how many. Refused when somebody applied others since the plan."""
    stands = tx.connection.execute(select(func.count()).select_from(documents)).scalar_one()
    if stands != ask.revision:
        raise AppError("documents.changed_meanwhile", status=409)
    position = log_end(tx)
    for document in ask.documents:
        tx.connection.execute(
            insert(documents).values(
                kind=document.kind,
                name=document.name,
                version=document.version,
                content=msgspec.msgpack.encode(document.content),
                applied_at=tx.world.now(),
                position=position,
            )
        )
    return len(ask.documents)


apply = Command("documents.apply", Apply, int, _apply)


def to_apply(changes: Sequence[Change], wanted: Sequence[Document], revision: int) -> Apply:
    """Return the command's message for what a plan found new or changed."""
    versions = {(c.kind, c.name): c.version for c in changes if c.change is not ChangeKind.SAME}
    return Apply(
        tuple(
            msgspec.structs.replace(document, version=versions[document.kind, document.name], lines={})
            for document in wanted
            if (document.kind, document.name) in versions
        ),
        revision,
    )


def _change(standing: Document | None, wanted: Document) -> Change:
    if standing is None:
        return Change(ChangeKind.ADD, wanted.kind, wanted.name, 1)
    same = standing.content == wanted.content
    version = standing.version + (not same)
    return Change(ChangeKind.SAME if same else ChangeKind.CHANGE, wanted.kind, wanted.name, version)


def _document(row: Any) -> Document:
    content = msgspec.msgpack.decode(row.content)
    return Document(
        row.kind, row.name, content, row.version, Micros(row.applied_at), position=Position(row.position or 0)
    )


def _read_file(path: Path, file: str, kinds: Sequence[str], mistakes: list[AppError]) -> Iterator[Document]:
    data = path.read_bytes()
    if len(data) > FILE_BYTES_MAX:
        mistakes.append(AppError("documents.too_large", file=file, given=len(data), allowed=FILE_BYTES_MAX))
        return
    try:
        nodes = [node for node in yaml.compose_all(data, yaml.CSafeLoader) if node is not None]
        contents = [content for content in yaml.load_all(data, yaml.CSafeLoader) if content is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as broken:
        mistakes.append(AppError("documents.yaml", file=file, reason=str(broken)))
        return
    for node, content in zip(nodes, contents, strict=True):
        try:
            yield _read_document(content, file, node, kinds, mistakes)
        except AppError as error:
            mistakes.append(error)


def _read_document(
    content: Any, file: str, node: yaml.Node, kinds: Sequence[str], mistakes: list[AppError]
) -> Document:
    """Return a document; one whose kind is misspelt is a mistake, and read as what was meant."""
    line = node.start_mark.line + 1
    if not isinstance(content, dict):
        given = type(content).__name__
        raise AppError("documents.kind", file=file, line=line, given=given, allowed=", ".join(kinds))
    lines = lines_of(node)
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        told: dict[str, Any] = {
            "file": file,
            "line": line_at(lines, ("kind",), line),
            "given": kind,
            "allowed": ", ".join(kinds),
        }
        if (meant := closest(str(kind), kinds)) is None:
            raise AppError("documents.kind", **told)
        mistakes.append(AppError("documents.kind_meant", **told, meant=meant))
        kind = meant
    name = content.get("name", Path(file).stem)
    if not isinstance(name, str) or not name.strip():
        raise AppError("documents.name", file=file, line=line_at(lines, ("name",), line), given=name)
    rest = {key: value for key, value in content.items() if key not in ("kind", "name")}
    return Document(kind, name, rest, file=file, line=line, lines=lines)
