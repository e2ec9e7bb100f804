"""What new layers begin with."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from overlays import layer_presets
from overlays.domain.layers import Files, checked
from overlays.enums import LayerType


def keeps(stored: Any, wanted: Any) -> bool:
    """Whether what is stored says what was wanted, whatever else it says; kinds may stand in another order."""
    if isinstance(wanted, dict):
        return all(keeps(stored[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], dict):
        return len(stored) == len(wanted) and all(map(keeps, stored, wanted))
    return sorted(stored) == sorted(wanted) if isinstance(wanted, list) else stored == wanted


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("type", LayerType)
def test_a_preset_is_what_a_layer_can_be_set_to(type, language):
    with translation.override(language):
        some = layer_presets.of_types()[type]

    for preset in some:
        [layer] = checked([{"type": type.value, "config": preset["config"]}], Files({}))
        assert keeps(layer["config"], preset["config"]), preset["name"]


def test_names_tell_presets_apart():
    names = [preset["name"] for some in layer_presets.of_types().values() for preset in some]

    assert len(names) == len(set(names))
    assert "" not in names
