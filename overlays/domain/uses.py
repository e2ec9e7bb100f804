"""Which layers show which uploads."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from overlays.domain.definition import uploads_in
from overlays.enums import LayerType
from overlays.models import Layer, Upload

if TYPE_CHECKING:
    from accounts.models import Account

#: Custom code names files by their address.
_ADDRESS = re.compile(r"/uploads/([0-9a-f]{40}\.[a-z0-9]{3,4})")


def of(account: Account) -> dict[UUID, list[Layer]]:
    """By upload the layers that show it, their overlays loaded. A query, and another one where there is custom code."""
    shown: dict[UUID, list[Layer]] = defaultdict(list)
    by_file: dict[str, list[Layer]] = defaultdict(list)
    layers = Layer.objects.filter(overlay__account=account).select_related("overlay")
    for layer in layers.order_by("overlay__name", "position"):
        for upload_id in uploads_in(layer):
            shown[upload_id].append(layer)
        if layer.type == LayerType.CUSTOM:
            for file in set(_ADDRESS.findall("\n".join(str(code) for code in layer.config.values()))):
                by_file[file].append(layer)
    if by_file:
        for pk, file in Upload.objects.filter(account=account, file__in=by_file).values_list("pk", "file"):
            shown[pk].extend(by_file[file])
    return dict(shown)
