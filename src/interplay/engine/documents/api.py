"""Read documents from files, say what would change, and change it: all documents of a folder or none."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct
from sqlalchemy import func, insert, select

from interplay.engine.documents.contracts import Change, ChangeKind, Document, DocumentKind
from interplay.engine.documents.store import documents
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros

FILE_BYTES_MAX = 4 * 1024 * 1024


class Apply(Struct, frozen=True):
    """Make these the current versions. `revision` is what the plan was made against."""

    documents: tuple[Document, ...]
    revision: int


def read_folder(folder: Path, kinds: Iterable[str]) -> list[Document]:
    """Return every document in a folder's `*.yaml` files, in order. A document without a name has that of its file.

    Raises AppError `documents.*` with file and line.
    """
    if not folder.is_dir():
        raise AppError("documents.no_folder", given=str(folder))
    known = sorted(kinds)
    found: list[Document] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml")):
        found += _read_file(path, path.relative_to(folder).as_posix(), known)
    seen: dict[tuple[str, str], Document] = {}
    for document in found:
        if (first := seen.setdefault((document.kind, document.name), document)) is not document:
            raise AppError(
                "documents.twice", file=document.file, line=document.line, kind=document.kind, name=document.name,
                first=f"{first.file}:{first.line}",
            )  # fmt: skip
    return found


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


def revision(database: Database) -> int:
    """Return a number that grows with every applied version."""
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(documents)).scalar_one()


def merged(standing: Sequence[Document], wanted: Sequence[Document]) -> list[Document]:
    """Return the documents as they would stand after `wanted` is applied. Nothing is removed by its absence."""
    by_name = {(document.kind, document.name): document for document in (*standing, *wanted)}
    return list(by_name.values())


def plan(standing: Sequence[Document], wanted: Sequence[Document], kinds: Iterable[DocumentKind]) -> list[Change]:
    """Check `wanted` beside what stands and return what applying it would do. Raises AppError on a mistake."""
    after = merged(standing, wanted)
    for kind in kinds:
        kind.check(after)
    versions = {(document.kind, document.name): document for document in standing}
    return [_change(versions.get((document.kind, document.name)), document) for document in wanted]


def _apply(tx: Tx, ask: Apply) -> int:
    """Store new versions; answer how many. Refused when somebody applied others since the plan."""
    stands = tx.connection.execute(select(func.count()).select_from(documents)).scalar_one()
    if stands != ask.revision:
        raise AppError("documents.changed_meanwhile", status=409)
    for document in ask.documents:
        tx.connection.execute(
            insert(documents).values(
                kind=document.kind,
                name=document.name,
                version=document.version,
                content=msgspec.msgpack.encode(document.content),
                applied_at=tx.world.now(),
            )
        )
    return len(ask.documents)


apply = Command("documents.apply", Apply, int, _apply)


def to_apply(changes: Sequence[Change], wanted: Sequence[Document], revision: int) -> Apply:
    """Return the command's message for what a plan found new or changed."""
    versions = {(c.kind, c.name): c.version for c in changes if c.change is not ChangeKind.SAME}
    return Apply(
        tuple(
            msgspec.structs.replace(document, version=versions[document.kind, document.name])
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
    return Document(row.kind, row.name, content, row.version, Micros(row.applied_at))


def _read_file(path: Path, file: str, kinds: Sequence[str]) -> list[Document]:
    data = path.read_bytes()
    if len(data) > FILE_BYTES_MAX:
        raise AppError("documents.too_large", file=file, given=len(data), allowed=FILE_BYTES_MAX)
    try:
        nodes = [node for node in yaml.compose_all(data, yaml.CSafeLoader) if node is not None]
        contents = [content for content in yaml.load_all(data, yaml.CSafeLoader) if content is not None]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as broken:
        raise AppError("documents.yaml", file=file, reason=str(broken)) from None
    return [
        _read_document(content, file, node.start_mark.line + 1, kinds)
        for node, content in zip(nodes, contents, strict=True)
    ]


def _read_document(content: Any, file: str, line: int, kinds: Sequence[str]) -> Document:
    if not isinstance(content, dict) or not isinstance(content.get("kind"), str) or content["kind"] not in kinds:
        given = content.get("kind") if isinstance(content, dict) else type(content).__name__
        raise AppError("documents.kind", file=file, line=line, given=given, allowed=", ".join(kinds))
    name = content.get("name", Path(file).stem)
    if not isinstance(name, str) or not name.strip():
        raise AppError("documents.name", file=file, line=line, given=name)
    rest = {key: value for key, value in content.items() if key not in ("kind", "name")}
    return Document(content["kind"], name, rest, file=file, line=line)
