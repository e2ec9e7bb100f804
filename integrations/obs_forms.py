"""What the APIs take for an OBS."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.answers import Flag, Text, Whole
from integrations.enums import ObsAct
from integrations.obs.acts import LONGEST, LOUDEST, MEDIA, NAME_LENGTH, QUIETEST, SHORTEST


class Decibels(serializers.FloatField):
    """A number, and not a text or true in the place of one."""

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float):
            self.fail("invalid")
        return super().to_internal_value(data)


class ObsActInput(serializers.Serializer):
    """An act and what it needs; the rest stays out."""

    act = serializers.ChoiceField(ObsAct.choices)
    scene = Text(
        required=False, max_length=NAME_LENGTH, help_text="For source.visible the group that the source is in, if any."
    )
    item = Whole(required=False, min_value=0, max_value=2**31, help_text="The id of a source in `scene`.")
    visible = Flag(required=False)
    on = Flag(required=False, help_text="For studio.mode.")
    input = Text(required=False, max_length=NAME_LENGTH)
    muted = Flag(required=False)
    db = Decibels(required=False, min_value=QUIETEST, max_value=LOUDEST)
    media = Text(required=False, max_length=10, help_text=f"One of {', '.join(MEDIA)}.")
    transition = Text(required=False, max_length=NAME_LENGTH)
    duration_ms = Whole(required=False, min_value=SHORTEST, max_value=LONGEST)
