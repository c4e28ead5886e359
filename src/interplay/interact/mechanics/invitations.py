"""The codes of invitations: signed for one part of one campaign, so nobody can make one up and none is looked up. Pure.

Sixteen characters: 40 bits of a keyed MAC of the part and the inviter's number, then the number, masked by what follows
from the MAC (the construction of RFC 5297, SIV). A guess is right once in 10¹², and a code tells nothing of the number.
"""

from collections.abc import Callable

from interplay.kernel.crockford import looks_written, normalized, number_of, printed, written
from interplay.kernel.ids import SubjectId

CHARS = 16
PART_BYTES = 5
NUMBER_MAX = 2 ** (8 * PART_BYTES) - 1
CODE = "{code}"
"""What stands in a link where the code comes."""

Digest = Callable[[str, str], bytes]


def code_for(digest: Digest, name: str, subject: SubjectId) -> str:
    """Return the code by which somebody invites to a part: `7Q2M-9XKD-03FA-TT81`."""
    if not 0 < subject <= NUMBER_MAX:
        raise ValueError(f"{subject} is beyond what a code can name")
    mac = _mac(digest, name, subject)
    masked = subject ^ _mask(digest, name, mac)
    return printed(written(mac + masked.to_bytes(PART_BYTES, "big")))


def inviter_of(digest: Digest, name: str, text: str) -> SubjectId | None:
    """Return who invites by a code, however it was typed; None where it is none of this part."""
    code = normalized(text)
    if not looks_written(code, CHARS):
        return None
    number = number_of(code)
    mac = (number >> (8 * PART_BYTES)).to_bytes(PART_BYTES, "big")
    subject = SubjectId((number & NUMBER_MAX) ^ _mask(digest, name, mac))
    return subject if subject and _mac(digest, name, subject) == mac else None


def _mac(digest: Digest, name: str, subject: SubjectId) -> bytes:
    return digest("invitation.mac", f"{name}:{subject}")[:PART_BYTES]


def _mask(digest: Digest, name: str, mac: bytes) -> int:
    return int.from_bytes(digest("invitation.mask", f"{name}:{mac.hex()}")[:PART_BYTES], "big")
