"""What files are, and what is taken out of them before they are kept."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from lumio.lib.errors import Refusal
from overlays.domain import media
from overlays.domain.media import Media
from overlays.domain.traces import Damaged
from overlays.enums import UploadKind
from tests.overlays import media as files

PICTURES = {"image/png": files.png, "image/jpeg": files.jpeg, "image/webp": files.webp, "image/gif": files.gif}


def examine(content: bytes) -> Media:
    return media.examine(io.BytesIO(content), len(content))


def refused(content: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        examine(content)
    return refusal.value.code


@pytest.mark.parametrize(
    ("content", "kind", "content_type", "ending"),
    [
        (files.png(), UploadKind.IMAGE, "image/png", "png"),
        (files.jpeg(), UploadKind.IMAGE, "image/jpeg", "jpg"),
        (files.gif(), UploadKind.IMAGE, "image/gif", "gif"),
        (files.webp(), UploadKind.IMAGE, "image/webp", "webp"),
        (files.mp4(), UploadKind.VIDEO, "video/mp4", "mp4"),
        (files.WEBM, UploadKind.VIDEO, "video/webm", "webm"),
        (files.m4a(), UploadKind.SOUND, "audio/mp4", "m4a"),
        (files.MP3, UploadKind.SOUND, "audio/mpeg", "mp3"),
        (files.OGG, UploadKind.SOUND, "audio/ogg", "ogg"),
        (files.WAV, UploadKind.SOUND, "audio/wav", "wav"),
        (files.FLAC, UploadKind.SOUND, "audio/flac", "flac"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content, kind, content_type, ending):
    found = examine(content).format

    assert (found.kind, found.content_type, found.ending) == (kind, content_type, ending)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_not_taken"),
        (b"<!doctype html><script>alert(1)</script>", "file_not_taken"),
        (b"%PDF-1.7", "file_not_taken"),
        (b"MZ" + bytes(100), "file_not_taken"),
        (files.SVG, "svg_not_taken"),
        (b"\n\n<SVG/>", "svg_not_taken"),
        (files.bomb(), "too_many_pixels"),
        (files.bomb(60_000), "damaged_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "damaged_file"),
        (files.box(b"ftyp", b"isom\0\0\0\0isom") + b"\0\0\xff\xffmoov", "damaged_file"),
        (files.box(b"ftyp", b"isom\0\0\0\0isom") + b"\0\0\0\4moov", "damaged_file"),
    ],
)
def test_refusals(content, code):
    assert refused(content) == code


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_refused(make, share):
    content = make().removesuffix(files.PLACE)
    cut = content[: int(len(content) * share)]

    # What is left of a GIF may end between two of its frames, which is a whole one with fewer.
    assert make is files.gif or refused(cut) in {"damaged_file", "file_not_taken"}


@pytest.mark.parametrize(("kind", "limit"), media.LARGEST.items())
def test_each_kind_has_a_largest_size(kind, limit):
    content = {UploadKind.IMAGE: files.png(), UploadKind.VIDEO: files.WEBM, UploadKind.SOUND: files.OGG}[kind]

    assert media.examine(io.BytesIO(content), limit).format.kind == kind
    with pytest.raises(media.FileTooLarge):
        media.examine(io.BytesIO(content), limit + 1)


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)
def test_a_picture_keeps_its_pixels_and_loses_what_it_tells(make):
    content = make()

    found = examine(content)

    kept = found.file.read()
    assert files.PLACE in content
    assert files.PLACE not in kept
    assert found.size == len(kept) < len(content)
    assert (found.width, found.height) == (8, 4)
    before, after = Image.open(io.BytesIO(content)), Image.open(io.BytesIO(kept))
    assert after.getexif() == {}
    assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


def test_a_moving_picture_goes_on_moving():
    after = Image.open(examine(files.gif(frames=3)).file)

    assert (after.n_frames, after.info["loop"], after.info["duration"]) == (3, 0, 100)


def test_a_moving_webp_and_png_go_on_moving():
    frames = [Image.new("RGB", (8, 4), colour) for colour in ("red", "green", "blue")]
    for format in ("WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=100, lossless=True)

        after = Image.open(examine(out.getvalue()).file)

        assert after.n_frames == 3


def test_a_photograph_is_still_turned_the_right_way():
    found = examine(files.jpeg(orientation=6))

    assert (found.width, found.height) == (4, 8)
    assert dict(Image.open(found.file).getexif()) == {0x0112: 6}


def test_colours_of_a_photograph_stay_as_its_profile_says():
    profile = b"a profile"
    found = examine(files.picture("JPEG", icc_profile=profile))

    assert Image.open(found.file).info["icc_profile"] == profile


@pytest.mark.parametrize("make", [files.mp4, files.m4a])
def test_what_an_mp4_tells_is_overwritten_where_it_stood(make):
    content = make()

    found = examine(content)

    kept = found.file.read() if found.file.seek(0) == 0 else b""
    assert content.count(files.PLACE) == 4
    assert files.PLACE not in kept
    assert len(kept) == found.size == len(content)
    assert kept.find(b"mdat") == content.find(b"mdat")
    assert (kept.count(b"free"), kept.count(b"udta"), kept.count(b"mvhd")) == (4, 0, 1)


@pytest.mark.parametrize("tower", [True, False])
def test_an_mp4_of_nothing_but_boxes_is_not_read_for_long(tower):
    boxes = 60_000
    sizes = range(8 * boxes, 0, -8) if tower else [8] * boxes
    content = files.mp4() + b"".join(struct.pack(">I4s", size, b"moov") for size in sizes)

    with pytest.raises(Damaged):
        examine(content)


@pytest.mark.parametrize("make", files.SCATTERED.values(), ids=files.SCATTERED)
def test_a_picture_of_nothing_but_pieces_is_not_read_for_long(make):
    examine(make(10))
    with pytest.raises(Damaged):
        examine(make(300_000))
