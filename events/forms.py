"""What the APIs take about events."""

from __future__ import annotations

from rest_framework import serializers

from accounts.answers import Text, Whole
from events.domain import samples


class TestEventIn(serializers.Serializer):
    """What is left out is filled in; what the type has no place for is dropped."""

    type = Text(max_length=40, help_text="One of: " + ", ".join(samples.SAMPLES) + ".")
    platform = Text(max_length=20)
    name = Text(required=False, allow_blank=True, default="", max_length=samples.NAME_LENGTH, help_text="Who did it.")
    amount = Whole(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=samples.MOST,
        help_text="How many of `unit`; money is in minor units of `currency`.",
    )
    unit = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=12,
        help_text="For `cheer`, bits unless said otherwise.",
    )
    currency = Text(required=False, allow_blank=True, default="", max_length=3)
    message = Text(required=False, allow_blank=True, default="", max_length=samples.MESSAGE_LENGTH)
