"""The key file: a 32-byte AES-256-GCM key per subject, at a fixed place, overwritten in place when erased.

    header (64 bytes)     magic, format, and the pepper: the key of the identifiers' look-up digests
    slot n (32 bytes)     the key of subject n; slot 0 belongs to facts and rejects of nobody; zeros: erased

It is a file of its own and never part of a data backup: a backup taken before an erasure must not undo it.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from mmap import ACCESS_READ, mmap
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from interplay.kernel.errors import AppError

FILE_NAME = "subjects.keys"
NOBODY = 0
KEY_BYTES = 32
NONCE_BYTES = 12
HEADER_BYTES = 64
MAGIC = b"interplay keys 1"
ALONE_SECONDS_MAX = 2.0
ALONE_LOOK_SECONDS = 0.002
CIPHERS_MAX = 4_000  # about 2.4 KiB each; making one anew costs 3 µs

_PEPPER = slice(32, 64)
_ERASED = bytes(KEY_BYTES)


class SubjectKeys:
    """Seals and opens bodies. Safe for many readers of the same file, and for several processes that add keys."""

    def __init__(self, path: Path, random_bytes: Callable[[int], bytes]) -> None:
        try:
            self._file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            raise AppError("engine.key_file", status=500, path=str(path), reason="the file is not there") from None
        except OSError as error:
            raise AppError("engine.key_file", status=500, path=str(path), reason=str(error.strerror)) from None
        header = os.pread(self._file, HEADER_BYTES, 0)
        if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
            raise AppError("engine.key_file", status=500, path=str(path), reason="this is not a key file")
        self._path = path
        self._pepper = header[_PEPPER]
        self._random_bytes = random_bytes
        self._ciphers: dict[bytes, AESGCM] = {}  # by the key itself: an erased subject finds none, in any process
        self._mapped = mmap(self._file, 0, access=ACCESS_READ)

    @staticmethod
    def create(path: Path, random_bytes: Callable[[int], bytes]) -> None:
        """Write a new key file; an existing one is never overwritten."""
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, MAGIC.ljust(32, b"\0") + random_bytes(32) + random_bytes(KEY_BYTES))
            os.fsync(file)
        finally:
            os.close(file)

    def close(self) -> None:
        self._mapped.close()
        os.close(self._file)

    def digest(self, kind: str, value: str) -> bytes:
        """Return the 16-byte keyed digest by which an identifier is looked up (BLAKE2b, RFC 7693, keyed)."""
        return blake2b(f"{kind}\0{value}".encode(), digest_size=16, key=self._pepper).digest()

    def derived(self, purpose: str) -> bytes:
        """Return a 32-byte key for one purpose; of another length than the look-up digests, so it is none of them."""
        return blake2b(purpose.encode(), digest_size=32, key=self._pepper).digest()

    def add(self, first: int, count: int) -> None:
        """See to it that subjects `first … first + count − 1` have keys; they are on disk when this returns.

        A key that is there stays: either a transaction was lost after it was written, or this process was stopped in
        the middle of its own, another one has given the numbers to others meanwhile, and theirs must not be lost.
        """
        start = HEADER_BYTES + KEY_BYTES * first
        keys = bytearray(self._random_bytes(KEY_BYTES * count))
        with self._alone():
            there = os.pread(self._file, len(keys), start)
            for at in range(0, len(there) - KEY_BYTES + 1, KEY_BYTES):
                if (key := there[at : at + KEY_BYTES]) != _ERASED:
                    keys[at : at + KEY_BYTES] = key
            if os.pwrite(self._file, keys, start) != len(keys):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a disk that fills up takes a part of them
            os.fdatasync(self._file)

    def erase(self, subjects: Iterable[int]) -> None:
        """Overwrite keys with zeros; they are off the disk when this returns. Doing it again changes nothing."""
        for subject in subjects:
            if subject != NOBODY and not self.is_erased(subject):
                os.pwrite(self._file, _ERASED, HEADER_BYTES + KEY_BYTES * subject)
        os.fdatasync(self._file)
        self._ciphers.clear()

    def is_erased(self, subject: int) -> bool:
        """Return whether a subject's key was erased. Raises AppError `engine.key_file` where there never was one."""
        return self._slot(subject) == _ERASED

    def erased(self) -> list[int]:
        """Return every subject whose key was erased."""
        slots = os.pread(self._file, os.fstat(self._file).st_size, HEADER_BYTES)
        count = len(slots) // KEY_BYTES
        return [n for n in range(count) if slots[n * KEY_BYTES : (n + 1) * KEY_BYTES] == _ERASED]

    def check_writable(self) -> None:
        """Write the first bytes of the file once more. Raises OSError where keys cannot be erased."""
        os.pwrite(self._file, MAGIC, 0)

    def nonces(self, count: int) -> list[bytes]:
        """Return fresh nonces for `seal`; asking for many at once costs one call to the system."""
        drawn = self._random_bytes(NONCE_BYTES * count)
        return [drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES)]

    def seal(self, subject: int, body: bytes, nonce: bytes | None = None) -> bytes:
        """Return nonce and ciphertext. A nonce is random and used once (NIST SP 800-38D, 8.2.2)."""
        nonce = nonce or self._random_bytes(NONCE_BYTES)
        return nonce + self._cipher(subject).encrypt(nonce, body, None)

    def open(self, subject: int, sealed: bytes) -> bytes | None:
        """Return the body, or None when the subject was erased. A wrong key file raises AppError `engine.key_file`."""
        try:
            return self._cipher(subject).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except _ErasedError:
            return None
        except InvalidTag:
            reason = f"its key of subject {subject} does not open what was sealed"
            raise AppError("engine.key_file", status=500, path=str(self._path), reason=reason) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only process that looks for free places. Raises OSError rather than wait for one that was stopped."""
        until = time.monotonic() + ALONE_SECONDS_MAX
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise
            time.sleep(ALONE_LOOK_SECONDS)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _cipher(self, subject: int) -> AESGCM:
        key = self._slot(subject)
        if (cipher := self._ciphers.get(key)) is None:
            if key == _ERASED:
                raise _ErasedError
            if len(self._ciphers) >= CIPHERS_MAX:
                self._ciphers.clear()
            cipher = self._ciphers[key] = AESGCM(key)
        return cipher

    def _slot(self, subject: int) -> bytes:
        """Read a key from the mapped file: `pread` would let go of the interpreter's lock for every fact.

        The map is the file: what another process erases is erased here.
        """
        start = HEADER_BYTES + KEY_BYTES * subject
        if start + KEY_BYTES > len(self._mapped):  # the file has grown; others may still be reading the old map
            self._mapped = mmap(self._file, 0, access=ACCESS_READ)
        key = self._mapped[start : start + KEY_BYTES]
        if len(key) != KEY_BYTES:
            reason = f"it has no key of subject {subject}"
            raise AppError("engine.key_file", status=500, path=str(self._path), reason=reason)
        return key


class _ErasedError(Exception):
    """The slot holds zeros."""
