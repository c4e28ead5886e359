"""Bytes by the digest of what they are. A blob is there whole or not at all, and never changes.

Whoever keeps something here about somebody seals it with her key first: then no copy of the folder, in a backup or
anywhere, can be read once she was erased.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from msgspec import Struct

from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND

FOLDER_NAME = "blobs"
UNFINISHED = ".new-"

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class Blob(Struct, frozen=True):
    """One that is there. `at`: when it was put, or put again."""

    digest: str
    size: int
    at: Micros


class Blobs:
    """A folder of blobs. Safe for many processes: a name appears when its bytes are on disk."""

    def __init__(self, folder: Path, flush: Callable[[Path], None] | None = None) -> None:
        self._folder = folder
        self._flush = flush or _flush

    def put(self, content: bytes) -> str:
        """Keep bytes and return their digest, SHA-256 in hex. They are on disk when this returns. Raises OSError."""
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        made = [one for one in (path.parent, self._folder) if not one.exists()]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=UNFINISHED, delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        for folder in dict.fromkeys((path.parent, *(one.parent for one in made))):  # a new folder is a name as well
            self._flush(folder)
        return digest

    def get(self, digest: str) -> bytes | None:
        """Return the bytes, or None where there are none by this name."""
        if not _DIGEST.match(digest):
            return None
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, digest: str) -> None:
        """Delete a blob; one that is gone already stays gone."""
        self._path(digest).unlink(missing_ok=True)

    def iterate(self) -> Iterator[Blob]:
        """Yield every blob, by digest."""
        for path in sorted(self._folder.glob("??/*")):
            if _DIGEST.match(path.name):
                with suppress(FileNotFoundError):
                    found = path.stat()
                    yield Blob(path.name, found.st_size, Micros(int(found.st_mtime * SECOND)))

    def sweep(self, kept: Collection[str], before: Micros) -> int:
        """Delete blobs that nobody knows and that were put before an instant, and what a crash left; return how many.

        Whoever puts one makes it known a moment later; `before` leaves time for that.
        """
        gone = [blob for blob in self.iterate() if blob.digest not in kept and blob.at < before]
        for blob in gone:
            self.delete(blob.digest)
        for left in self._folder.glob(f"??/{UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime * SECOND < before:
                    left.unlink()
        return len(gone)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
