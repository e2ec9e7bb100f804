"""What both APIs take of whoever writes into a chat or moderates it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.answers import Text, Whole
from connections.domain.moderation import LONGEST_REASON
from connections.domain.viewer_notes import LONGEST_NOTE
from connections.enums import Voice
from lumio.lib.payload import LARGEST

#: Characters of a message, whatever its platform takes.
LONGEST_TEXT = 2_000
#: Seconds of a timeout, whatever its platform takes.
LONGEST_TIMEOUT = 10 * 365 * 24 * 3600


class MessageInput(serializers.Serializer):
    text = Text(max_length=LONGEST_TEXT, allow_blank=True, trim_whitespace=False)
    platforms = serializers.ListField(
        child=Text(max_length=20),
        required=False,
        allow_null=True,
        default=None,
        max_length=20,
        help_text="Where to; left out: wherever it can be sent.",
    )
    reply_to = Whole(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=LARGEST,
        help_text="The `seq` of the message that is answered; its platform alone gets the answer.",
    )
    voice = serializers.ChoiceField(
        choices=Voice.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="As what it goes out; left out: as whoever speaks at the platform.",
    )

    def wanted(self) -> dict[str, Any]:
        """What `chat.send` takes."""
        found = self.validated_data
        return {**found, "voice": Voice(found["voice"]) if found["voice"] else None}


class BanInput(serializers.Serializer):
    reason = Text(
        max_length=LONGEST_REASON,
        required=False,
        allow_blank=True,
        default="",
        help_text="For the platform, the viewer and the other moderators to read.",
    )


class TimeoutInput(BanInput):
    seconds = Whole(
        min_value=1, max_value=LONGEST_TIMEOUT, help_text="The platform's nearest is taken, and told in the order."
    )


class NoteInput(serializers.Serializer):
    text = Text(max_length=LONGEST_NOTE)
