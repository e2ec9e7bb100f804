"""What the APIs take for a Streamer.bot."""

from __future__ import annotations

from rest_framework import serializers


class RunInput(serializers.Serializer):
    arguments = serializers.DictField(
        required=False,
        default=dict,
        help_text="Each becomes the variable %name% of the action: names of letters, digits and underscores, values "
        "that are texts, numbers, true or false.",
    )
