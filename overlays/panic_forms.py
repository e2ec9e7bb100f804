"""The safe scene of each OBS, as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from integrations.obs.acts import NAME_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from integrations.models import Integration


class SettingsForm(forms.Form):
    """A field for each OBS, `scene_{integration}`: the scene that it is to show, nothing to be left alone.

    It takes any text, as OBS tells its scenes only while it is connected; those that it told are offered.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        choices: Sequence[tuple[Integration, list[str]]],
        scenes: Mapping[UUID, str],
    ) -> None:
        super().__init__(data)
        self._choices = choices
        for row, known in choices:
            offered = {"list": f"scenes-{row.pk}"} if known else {}
            self.fields[f"scene_{row.pk}"] = forms.CharField(
                label=_("Safe scene in {name}").format(name=row.label),
                max_length=NAME_LENGTH,
                required=False,
                strip=False,
                initial=scenes.get(row.pk, ""),
                widget=forms.TextInput({"autocomplete": "off", **offered}),
            )

    @property
    def scenes(self) -> list[tuple[forms.BoundField, str, list[str]]]:
        """Each field, the id of the list of what is offered for it, and that."""
        return [(self[f"scene_{row.pk}"], f"scenes-{row.pk}", known) for row, known in self._choices]

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """Of a form that is valid."""
        return [(name.removeprefix("scene_"), scene) for name, scene in self.cleaned_data.items() if scene.strip()]
