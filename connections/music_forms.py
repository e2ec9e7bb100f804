"""What the APIs take for the music."""

from __future__ import annotations

from rest_framework import serializers

from accounts.answers import Text, Whole


class VolumeInput(serializers.Serializer):
    percent = Whole(min_value=0, max_value=100)


class DeviceInput(serializers.Serializer):
    id = Text(max_length=100, help_text="One of GET /v1/music/devices.")
