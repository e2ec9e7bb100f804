"""What a file is that somebody brings: told by its first bytes, never by its name or by what the browser says of it."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import filetype
from django.utils.translation import gettext_lazy as _
from filetype.types import audio, image, video
from PIL import Image

from lumio.lib.errors import Refusal
from overlays.domain.traces import Damaged, wipe_boxes, without_traces
from overlays.enums import UploadKind

if TYPE_CHECKING:
    from filetype.types import Type

MB = 1024 * 1024
#: Bytes of a file.
LARGEST = {UploadKind.IMAGE: 10 * MB, UploadKind.SOUND: 10 * MB, UploadKind.VIDEO: 50 * MB}
#: Width times height: a browser holds four bytes of each.
MOST_PIXELS = 40_000_000
#: Bytes that are looked at to tell what a file is.
HEAD = 4096
_EXIF_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)
#: What Pillow raises of pictures that are not well.
_TROUBLE = (
    Image.DecompressionBombError, OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError,
    struct.error,
)  # fmt: skip


class NotTaken(Refusal):
    code = "file_not_taken"
    status = 422
    sentence = _(
        "Lumio takes pictures as PNG, JPEG, GIF or WebP, videos as MP4 or WebM, and sounds as MP3, Ogg, WAV, M4A or "
        "FLAC. This file is none of them."
    )


class SvgNotTaken(Refusal):
    code = "svg_not_taken"
    status = 422
    sentence = _("SVG files can hold programs, so Lumio takes none. Save the picture as PNG or WebP.")


class FileTooLarge(Refusal):
    code = "file_too_large"
    status = 413
    sentence = _("This file is larger than {limit} MB, which is the most for its kind. Make it smaller or shorter.")


class TooManyPixels(Refusal):
    code = "too_many_pixels"
    status = 422
    sentence = _("This picture has more than {limit} million pixels. Make it smaller: no overlay shows as many.")


@dataclass(frozen=True)
class Format:
    """What a file is served as. `ending` is that of its name."""

    kind: UploadKind
    content_type: str
    ending: str


@dataclass(frozen=True)
class Media:
    """A file as it is to be kept. Width and height are those of a picture as it is seen."""

    format: Format
    file: IO[bytes]
    size: int
    width: int | None = None
    height: int | None = None


#: By what recognises them, the first that does. M4A stands before MP4, which many of them also call themselves.
_FORMATS: dict[type[Type], Format] = {
    image.Png: Format(UploadKind.IMAGE, "image/png", "png"),
    image.Jpeg: Format(UploadKind.IMAGE, "image/jpeg", "jpg"),
    image.Gif: Format(UploadKind.IMAGE, "image/gif", "gif"),
    image.Webp: Format(UploadKind.IMAGE, "image/webp", "webp"),
    audio.M4a: Format(UploadKind.SOUND, "audio/mp4", "m4a"),
    video.Mp4: Format(UploadKind.VIDEO, "video/mp4", "mp4"),
    video.Webm: Format(UploadKind.VIDEO, "video/webm", "webm"),
    audio.Mp3: Format(UploadKind.SOUND, "audio/mpeg", "mp3"),
    audio.Ogg: Format(UploadKind.SOUND, "audio/ogg", "ogg"),
    audio.Wav: Format(UploadKind.SOUND, "audio/wav", "wav"),
    audio.Flac: Format(UploadKind.SOUND, "audio/flac", "flac"),
}
_MATCHERS = {recognise(): found for recognise, found in _FORMATS.items()}
#: As a browser's file dialog takes them.
ACCEPTED = {
    kind: ",".join(found.content_type for found in _FORMATS.values() if found.kind == kind) for kind in UploadKind
}
_BOXED = ("video/mp4", "audio/mp4")


def examine(file: IO[bytes], size: int) -> Media:
    """What `file` of `size` bytes is, without what tells where it was made; a video is changed in place.

    Raises NotTaken, SvgNotTaken, FileTooLarge, TooManyPixels and Damaged.
    """
    file.seek(0)
    found = recognise(file.read(HEAD))
    limit = LARGEST[found.kind]
    if size > limit:
        raise FileTooLarge(limit=limit // MB)
    if found.kind == UploadKind.IMAGE:
        file.seek(0)
        return _picture(found, file.read())
    if found.content_type in _BOXED:
        wipe_boxes(file, 0, size)
    return Media(found, file, size)


def recognise(head: bytes) -> Format:
    """By the first bytes. Raises NotTaken and SvgNotTaken."""
    matcher = filetype.match(head, _MATCHERS)
    if matcher is not None:
        return _MATCHERS[matcher]
    raise SvgNotTaken if b"<svg" in head.lower() else NotTaken


def _picture(found: Format, content: bytes) -> Media:
    # Before Pillow reads it, which counts no pieces.
    kept = without_traces(content, found.content_type)
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP")) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise TooManyPixels(limit=MOST_PIXELS // 1_000_000)
            # Browsers turn JPEGs alone; of others Pillow would have to unpack all of it to know.
            orientation = picture.getexif().get(_EXIF_ORIENTATION, 1) if found.content_type == "image/jpeg" else 1
            picture.verify()
    except _TROUBLE as error:
        raise Damaged from error
    if orientation not in range(1, 9):
        orientation = 1
    if orientation in _ON_ITS_SIDE:
        width, height = height, width
    if orientation != 1:
        kept = without_traces(content, found.content_type, orientation)
    return Media(found, io.BytesIO(kept), len(kept), width, height)
