"""Takes out of pictures and videos what tells where, when and with what they were made, and changes nothing else: each
pixel stays as it was.

Pictures are walked from their first byte to their end, so what is cut off in the middle is found too, and what was
hidden behind the end is gone.
"""

from __future__ import annotations

import re
import struct
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Damaged(Refusal):
    code = "damaged_file"
    status = 422
    sentence = _("This file is not whole, so browsers could not show it. Save it anew in the program it is from.")


#: Pieces that a picture is read in. A GIF of 10 MB has some hundred thousand; millions would fill the memory.
MOST_PIECES = 500_000


class _Walk:
    """Reads on, never past the end, and not for ever."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._taken = 0
        self.at = 0

    @property
    def is_over(self) -> bool:
        return self.at >= len(self._content)

    def take(self, size: int) -> bytes:
        self._taken += 1
        piece = self._content[self.at : self.at + size]
        if len(piece) < size or self._taken > MOST_PIECES:
            raise Damaged
        self.at += size
        return piece

    def take_until(self, pattern: re.Pattern[bytes]) -> bytes:
        found = pattern.search(self._content, self.at)
        if found is None:
            raise Damaged
        return self.take(found.start() - self.at)


# --- JPEG (ITU-T T.81, annex B) -------------------------------------------------------------------------------------

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
#: APP1 to APP15 and comments hold EXIF, XMP, IPTC, thumbnails and second pictures.
_APPLICATION = range(0xE1, 0xF0)
_COMMENT = 0xFE
#: Of those, what colours are drawn by.
_COLOURS = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
#: The next marker behind compressed data, in which FF 00 is a byte and FF D0 to FF D7 are marks for restarting.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _jpeg(content: bytes, orientation: int) -> Iterator[bytes]:
    walk = _Walk(content)
    yield walk.take(2)
    if orientation != 1:
        yield _orientation_alone(orientation)
    while True:
        mark, code = walk.take(2)
        if mark != 0xFF:
            raise Damaged
        if code == _END:
            yield bytes((mark, code))
            return
        length = walk.take(2)
        segment = walk.take(int.from_bytes(length, "big") - 2) if length > b"\0\1" else b""
        is_kept = segment.startswith(_COLOURS[code]) if code in _COLOURS else code not in (*_APPLICATION, _COMMENT)
        if is_kept:
            yield bytes((mark, code)) + length + segment
        if code == _SCAN:
            yield walk.take_until(_MARKER)


def _orientation_alone(orientation: int) -> bytes:
    """EXIF that says how to turn the picture and nothing else (TIFF 6.0: one entry, tag 0x0112, a SHORT)."""
    tiff = struct.pack(">2sHI", b"MM", 42, 8) + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff


# --- PNG (W3C, third edition) ---------------------------------------------------------------------------------------

_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"))


def _png(content: bytes, orientation: int) -> Iterator[bytes]:
    walk = _Walk(content)
    yield walk.take(8)
    name = b""
    while name != b"IEND":
        head = walk.take(8)
        size, name = struct.unpack(">I4s", head)
        body = walk.take(size + 4)
        if name not in _TEXTS:
            yield head + body


# --- WebP (RFC 9649) ------------------------------------------------------------------------------------------------

_HAS_EXIF_OR_XMP = 0b1100


def _webp(content: bytes, orientation: int) -> Iterator[bytes]:
    whole = _Walk(content)
    mark, size, kind = struct.unpack("<4sI4s", whole.take(12))
    walk = _Walk(whole.take(size - 4) if size >= 4 else b"")
    kept = []
    while not walk.is_over:
        head = walk.take(8)
        name, size = struct.unpack("<4sI", head)
        body = walk.take(size + size % 2)
        if name == b"VP8X":
            body = bytes((body[0] & ~_HAS_EXIF_OR_XMP,)) + body[1:]
        if name not in (b"EXIF", b"XMP "):
            kept.append(head + body)
    chunks = b"".join(kept)
    yield struct.pack("<4sI4s", mark, len(chunks) + 4, kind)
    yield chunks


# --- GIF (89a) ------------------------------------------------------------------------------------------------------

_EXTENSION, _PICTURE, _TRAILER = b"\x21", b"\x2c", b"\x3b"
_GIF_COMMENT, _GIF_APPLICATION = b"\xfe", b"\xff"
#: How often it is repeated; what other applications put in is theirs.
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _gif(content: bytes, orientation: int) -> Iterator[bytes]:
    walk = _Walk(content)
    head = walk.take(13)
    yield head + walk.take(_colours(head[10]))
    while not walk.is_over:
        mark = walk.take(1)
        if mark == _TRAILER:
            break
        if mark == _PICTURE:
            place = walk.take(9)
            yield mark + place + walk.take(_colours(place[8]) + 1) + b"".join(_blocks(walk))
        elif mark == _EXTENSION:
            label, blocks = walk.take(1), list(_blocks(walk))
            is_of_others = label == _GIF_APPLICATION and blocks[0][1:] not in _LOOPS
            if label != _GIF_COMMENT and not is_of_others:
                yield mark + label + b"".join(blocks)
        else:
            raise Damaged
    # Many a GIF ends without one.
    yield _TRAILER


def _colours(flags: int) -> int:
    """Bytes of the table of colours that follows, if one does."""
    return 3 * 2 ** ((flags & 0b111) + 1) if flags & 0b1000_0000 else 0


def _blocks(walk: _Walk) -> Iterator[bytes]:
    """Up to the empty one, which is the last."""
    size = b"\xff"
    while size != b"\0":
        size = walk.take(1)
        yield size + walk.take(size[0])


_PICTURES: dict[str, Callable[[bytes, int], Iterator[bytes]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/gif": _gif,
}


def without_traces(content: bytes, content_type: str, orientation: int = 1) -> bytes:
    """A picture as it is to be kept. `orientation` is what its EXIF says (1: as it lies). Raises Damaged."""
    return b"".join(_PICTURES[content_type](content, orientation))


# --- MP4 (ISO/IEC 14496-12) -----------------------------------------------------------------------------------------

_BOX = struct.Struct(">I4s")
#: A video of 50 MB has some thousands, and each takes time.
MOST_BOXES = 50_000
_WITHIN = frozenset((b"moov", b"trak"))
#: Words of the camera's, the place among them, and XMP.
_WORDS = frozenset((b"udta", b"meta", b"uuid"))
_ZEROS = bytes(64 * 1024)


def wipe_boxes(file: IO[bytes], start: int, end: int) -> None:
    """Overwrite what an MP4 says of itself with nothing, in place, as every other box is found by where it stands.

    Raises Damaged.
    """
    spans, seen = [(start, end)], 0
    while spans:
        start, end = spans.pop()
        while start < end:
            seen += 1
            if seen > MOST_BOXES:
                raise Damaged
            file.seek(start)
            head = file.read(_BOX.size)
            if len(head) < _BOX.size:
                raise Damaged
            size, name = _BOX.unpack(head)
            first = start + _BOX.size
            if size == 1:
                size = int.from_bytes(file.read(8), "big")
                first += 8
            elif size == 0:
                size = end - start
            if not first - start <= size <= end - start:
                raise Damaged
            if name in _WITHIN:
                spans.append((first, start + size))
            elif name in _WORDS:
                file.seek(start + 4)
                file.write(b"free")
                _wipe(file, first, start + size)
            start += size


def _wipe(file: IO[bytes], start: int, end: int) -> None:
    file.seek(start)
    for at in range(start, end, len(_ZEROS)):
        file.write(_ZEROS[: end - at])
