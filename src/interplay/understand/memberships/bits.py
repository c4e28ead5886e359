"""A set of customers as bits: a customer is a small number, so a million of them are 125 kB."""

from collections.abc import Iterable, Iterator

CHUNK_BYTES = 256
CHUNK_CUSTOMERS = 8 * CHUNK_BYTES


class Bits:
    """Which customers are in. Kept in chunks of `CHUNK_BYTES`, the last of them whole."""

    __slots__ = ("_bytes",)

    def __init__(self, chunks: Iterable[tuple[int, bytes]] = ()) -> None:
        self._bytes = bytearray()
        for chunk, bits in chunks:
            self._grow((chunk + 1) * CHUNK_BYTES)
            self._bytes[chunk * CHUNK_BYTES : (chunk + 1) * CHUNK_BYTES] = bits

    @classmethod
    def of(cls, packed: bytes) -> "Bits":
        """Return the set that `packed` gave."""
        made = cls()
        made._grow(len(packed))
        made._bytes[: len(packed)] = packed
        return made

    def __contains__(self, customer: int) -> bool:
        place = customer >> 3
        return place < len(self._bytes) and bool(self._bytes[place] >> (customer & 7) & 1)

    def put(self, customer: int, is_in: bool) -> None:
        place, bit = customer >> 3, 1 << (customer & 7)
        if is_in:
            self._grow(place + 1)
            self._bytes[place] |= bit
        elif place < len(self._bytes):
            self._bytes[place] &= ~bit

    def count(self) -> int:
        return int.from_bytes(self._bytes, "little").bit_count()

    def common(self, other: "Bits") -> int:
        """Return how many customers are in both."""
        both = int.from_bytes(self._bytes, "little") & int.from_bytes(other._bytes, "little")
        return both.bit_count()

    def differing(self, other: "Bits") -> "Bits":
        """Return who is in one and not in the other."""
        length = max(len(self._bytes), len(other._bytes))
        one, two = (int.from_bytes(bits._bytes, "little") for bits in (self, other))
        return Bits.of((one ^ two).to_bytes(length, "little"))

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """Yield every chunk that has anybody in it."""
        for start in range(0, len(self._bytes), CHUNK_BYTES):
            bits = bytes(self._bytes[start : start + CHUNK_BYTES])
            if any(bits):
                yield start // CHUNK_BYTES, bits

    def packed(self) -> bytes:
        """Return all bits, little-endian, for who works on many at once."""
        return bytes(self._bytes)

    def _grow(self, length: int) -> None:
        if length > len(self._bytes):
            whole = -(-length // CHUNK_BYTES) * CHUNK_BYTES
            self._bytes.extend(bytes(whole - len(self._bytes)))
