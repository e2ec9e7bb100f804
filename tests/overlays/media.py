"""Small files of every format that Lumio takes, with words in them that nobody is to read."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

#: Stands in every file that has room for such things.
PLACE = b"52.5200 N 13.4050 E"
WEBM = b"\x1a\x45\xdf\xa3" + b"\x93" + b"\x42\x82\x84webm" + bytes(200)
OGG = b"OggS" + bytes(200)
WAV = b"RIFF" + struct.pack("<I", 200) + b"WAVEfmt " + bytes(200)
FLAC = b"fLaC" + bytes(200)
MP3 = b"ID3\x03" + bytes(200)
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(format: str = "PNG", size: tuple[int, int] = (8, 4), colour: str = "#a970ff", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format, **options)
    return out.getvalue()


def png() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Location", PLACE.decode())
    words.add_text("Where", PLACE.decode(), zip=False)
    return picture("PNG", pnginfo=words, exif=exif())


def jpeg(orientation: int = 1) -> bytes:
    """With EXIF, a comment, and something behind its end."""
    return picture("JPEG", exif=exif(orientation), comment=PLACE) + PLACE


def webp() -> bytes:
    return picture("WEBP", exif=exif(), xmp=PLACE)


def gif(frames: int = 3) -> bytes:
    """That moves, for ever."""
    out = io.BytesIO()
    pictures = [Image.new("P", (8, 4), number) for number in range(frames)]
    for number, one in enumerate(pictures):
        one.putpalette([number * 40] * 768)
    pictures[0].save(
        out, "GIF", save_all=True, append_images=pictures[1:], loop=0, duration=100, comment=PLACE, optimize=False
    )
    return out.getvalue()


def scattered_jpeg(pieces: int) -> bytes:
    """The same picture, as those below, with so many pieces in it that show nothing."""
    start, rest = picture("JPEG")[:2], picture("JPEG")[2:]
    return start + b"\xff\xfe\0\2" * pieces + rest


def scattered_png(pieces: int) -> bytes:
    content = picture("PNG")
    chunk = struct.pack(">I4sI", 0, b"noNe", zlib.crc32(b"noNe"))
    return content[:33] + chunk * pieces + content[33:]


def scattered_webp(pieces: int) -> bytes:
    chunks = picture("WEBP")[12:] + b"NONE\0\0\0\0" * pieces
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def scattered_gif(pieces: int) -> bytes:
    content = picture("GIF")
    return content[:-1] + b"\x21\xf9" + b"\1\0" * pieces + b"\0;"


SCATTERED = {"JPEG": scattered_jpeg, "PNG": scattered_png, "WebP": scattered_webp, "GIF": scattered_gif}


def exif(orientation: int = 1) -> bytes:
    words = Image.Exif()
    words[0x0112] = orientation
    words[0x010E] = PLACE.decode()
    return words.tobytes()


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def mp4(brand: bytes = b"isom") -> bytes:
    """Boxes as a telephone writes them: where it was filmed stands in three places."""
    words = box(b"\xa9xyz", PLACE)
    track = box(b"trak", box(b"tkhd", b"track") + box(b"udta", words))
    film = box(b"moov", box(b"mvhd", b"film") + track + box(b"udta", words) + box(b"meta", words))
    return (
        box(b"ftyp", brand + struct.pack(">I", 512) + b"isom") + film + box(b"mdat", b"pictures") + box(b"uuid", words)
    )


def m4a() -> bytes:
    return mp4(b"M4A ")


def bomb(side: int = 7000) -> bytes:
    """A PNG of a few hundred bytes that says it has more pixels than any screen."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
