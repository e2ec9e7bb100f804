"""QR codes, so that an address gets onto a phone without being typed."""

from __future__ import annotations

import base64
from io import BytesIO


def data_uri(text: str) -> str:
    """A picture of `text`, black on white, as the address of an <img>."""
    # Only for the few pages that show one: it brings a megabyte of modules.
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    buffer = BytesIO()
    qrcode.make(text, image_factory=SvgPathFillImage).save(buffer)
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"
