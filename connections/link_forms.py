"""What is asked for when a one-time link is made, on the page and in both APIs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text
from connections.domain import access
from connections.enums import LinkLifetime, Purpose


class LinkForm(forms.Form):
    lifetime = forms.TypedChoiceField(
        label=_("Works for"), choices=LinkLifetime.choices, coerce=LinkLifetime, initial=LinkLifetime.DAY
    )


class LinkInput(serializers.Serializer):
    platform = Text(max_length=20)
    purpose = serializers.ChoiceField(
        choices=Purpose.choices, default=Purpose.CHANNEL, help_text="The streamer's own channel, or a custom bot."
    )
    lifetime = serializers.ChoiceField(choices=LinkLifetime.choices, default=LinkLifetime.DAY)

    @property
    def wanted(self) -> dict[str, Any]:
        """What `links.create` takes. Raises Http404 for a platform that there is not."""
        given = self.validated_data
        return {
            "platform": access.get_platform(given["platform"]),
            "purpose": Purpose(given["purpose"]),
            "lifetime": LinkLifetime(given["lifetime"]),
        }
