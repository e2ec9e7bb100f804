"""What a popout token looks like: `lm_pop_`, 214 random bits in base62, a checksum.

The prefix lets secret scanners find one, the checksum lets them (and us) tell a token from a typing error without
asking the database. People tell tokens apart by the first four and the last four characters, `lm_pop_Ab12…x9Qf`, which
leaves 166 bits that nobody is ever shown. The scheme is GitHub's:
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

from lumio.lib.secrets import Secret, digest

PREFIX = "lm_pop_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH = 36
CHECKSUM_LENGTH = 6
#: Characters that are shown of one: at the start, PREFIX included, and at the end.
SHOWN = len(PREFIX) + 4
LAST = 4

_SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)


def make() -> Secret:
    """A new token."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return Secret(body + checksum(body))


def checksum(body: str) -> str:
    """CRC32 of everything before it, as six base62 digits, most significant first."""
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def parse(text: str) -> str | None:
    """The digest to look a token up by, or None if `text` cannot be one (wrong shape, mistyped, cut off)."""
    if not _SHAPE.fullmatch(text):
        return None
    body, tail = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    return digest(text) if checksum(body) == tail else None


def digests_in(text: str) -> set[str]:
    """The digests of all that can be tokens in a text, whatever stands around them."""
    return {found for piece in _SHAPE.findall(text) if (found := parse(piece))}


def hint(text: str) -> str:
    """How people are shown a token."""
    return f"{text[:SHOWN]}…{text[-LAST:]}"


def without(text: str) -> str:
    """A text with nothing but hints of the tokens that somebody put into it."""
    return _SHAPE.sub(lambda found: hint(found[0]), text)
