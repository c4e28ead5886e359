"""The lines of a text file with their numbers, decoded one by one, so that one broken line costs one line."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from interplay.collect.imports.batches import cut
from interplay.collect.imports.contracts import LINE_BYTES_MAX, Reject
from interplay.kernel.errors import AppError

_BOM = codecs.BOM_UTF8
_WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Lines:
    """Reads lines and keeps their texts until `take`, so that a reject can quote what was there.

    A line that cannot be text (broken encoding, NUL, longer than `LINE_BYTES_MAX`) is a reject and left out.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        self.rejects: list[Reject] = []
        self.texts: list[str] = []  # since the last `take`
        self.number = 0  # of the last line taken
        self.fraction = 0.0
        self._path = path
        self._encoding = checked_encoding(encoding)
        self._saw_letters = False  # a line that is in this encoding and not plain ASCII

    def __iter__(self) -> Iterator[str]:
        size = max(self._path.stat().st_size, 1)
        with self._path.open("rb") as file:
            self._check_start(file)
            read = 0
            for raw in _split(file, self._encoding):
                read += len(raw)
                line = self._line(raw)
                if line is not None:
                    self.fraction = read / size
                    self.texts.append(line)
                    yield line
        self.fraction = 1.0

    def take(self) -> list[str]:
        """Return the texts kept so far and begin anew."""
        texts, self.texts = self.texts, []
        self.number += len(texts)
        return texts

    def _line(self, raw: bytes) -> str | None:
        if len(raw) >= LINE_BYTES_MAX:
            self._refuse(raw, "import.line.long", bytes_max=LINE_BYTES_MAX)
            return None
        try:
            line = raw.decode(self._encoding)
        except UnicodeDecodeError:
            self._refuse_encoding(raw)
            return None
        if "\0" in line:
            self._refuse(raw, "import.line.nul")
            return None
        if not self._saw_letters and not line.isascii():
            self._saw_letters = True
        return line

    def _refuse_encoding(self, raw: bytes) -> None:
        """A file whose first letters cannot be read is in another encoding; later, it is the line that is broken."""
        if not self._saw_letters:
            offer = "gb18030" if _decodes(raw, "gb18030") else "latin-1"
            raise AppError("import.file.encoding", path=self._path.name, encoding=self._encoding, offer=offer)
        self._refuse(raw, "import.line.encoding", encoding=self._encoding)

    def _refuse(self, raw: bytes, code: str, **params: str | int) -> None:
        text = raw.decode(self._encoding, "backslashreplace")
        self.texts.append(text)
        line = self.number + len(self.texts)
        self.rejects.append(Reject(line, "", code, params, cut(text.rstrip("\r\n"))))

    def _check_start(self, file: BinaryIO) -> None:
        start = file.read(4)
        if not start:
            raise AppError("import.file.empty", path=self._path.name)
        is_wide = self._encoding.startswith(("utf-16", "utf-32"))
        if start.startswith(_WIDE_BOMS) and not is_wide:
            raise AppError("import.file.encoding", path=self._path.name, encoding=self._encoding, offer="utf-16")
        file.seek(len(_BOM) if start.startswith(_BOM) else 0)


def checked_encoding(name: str) -> str:
    """Return the codec's own name. Raises AppError `import.file.encoding_name` for one that is not a text's."""
    try:
        info = codecs.lookup(name)
        "".encode(info.name)
    except (LookupError, ValueError):
        raise AppError("import.file.encoding_name", given=name) from None
    return info.name


def _split(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding.startswith(("utf-16", "utf-32")):
        return _split_wide(file, encoding)
    return _split_bytes(file)


def _split_bytes(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines with their ends. Of a line that is too long only the beginning is kept in memory."""
    while line := file.readline(LINE_BYTES_MAX):
        if len(line) == LINE_BYTES_MAX:
            end = line
            while end and not end.endswith(b"\n"):
                end = file.readline(LINE_BYTES_MAX)
        yield line


def _split_wide(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield the lines of UTF-16 and UTF-32, each as bytes of the same encoding, with its byte order."""
    reader = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    while text := reader.readline(LINE_BYTES_MAX):
        yield text.encode(encoding)


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
