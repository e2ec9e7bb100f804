from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StreamPlatform(TextChoices):
    """The stream that tips belong to: the platforms with chat that `connections` knows, as slugs."""

    TWITCH = "twitch", "Twitch"
    YOUTUBE = "youtube", "YouTube"
    KICK = "kick", "Kick"
    TROVO = "trovo", "Trovo"


class TokenState(TextChoices):
    """What StreamElements said of a token last."""

    UNVERIFIED = "unverified", _("not verified yet")
    VERIFIED = "verified", _("verified")
    BROKEN = "broken", _("no longer accepted")


class Tool(TextChoices):
    """What runs beside a stream and is controlled from Lumio."""

    OBS = "obs", "OBS Studio"
    STREAMERBOT = "streamerbot", "Streamer.bot"

    @property
    def short(self) -> str:
        """As people say it with a version: “OBS 30.1.2”."""
        return "OBS" if self == Tool.OBS else str(self.label)


class Route(TextChoices):
    """How Lumio reaches a tool."""

    #: This Lumio opens the connection itself.
    DIRECT = "direct", _("directly")
    #: The bridge page, which runs on the streamer's machine, opens it.
    BRIDGE = "bridge", _("through the bridge page")


class Trigger(TextChoices):
    """What a result of an integration came from."""

    TEST = "test", _("tested by a person")
    LINK = "link", _("found by the connection itself")


class ObsAct(TextChoices):
    """What a person may have OBS do. Nothing else is passed on: see the warnings of `obs.md`, section 6."""

    PROGRAM = "scene.program", _("Switch the scene")
    PREVIEW = "scene.preview", _("Choose the preview")
    STUDIO_MODE = "studio.mode", _("Studio mode")
    TAKE = "studio.take", _("Take the preview")
    TRANSITION = "transition.select", _("Choose the transition")
    TRANSITION_TIME = "transition.duration", _("Length of the transition")
    SOURCE = "source.visible", _("Show or hide a source")
    MUTE = "input.mute", _("Mute")
    VOLUME = "input.volume", _("Volume")
    MEDIA = "input.media", _("Play or stop media")
    STREAM_START = "stream.start", _("Start the stream")
    STREAM_STOP = "stream.stop", _("Stop the stream")
    RECORD_START = "record.start", _("Start recording")
    RECORD_STOP = "record.stop", _("Stop recording")
    RECORD_PAUSE = "record.pause", _("Pause the recording")
    RECORD_RESUME = "record.resume", _("Go on recording")
    REPLAY_START = "replay.start", _("Start the replay buffer")
    REPLAY_STOP = "replay.stop", _("Stop the replay buffer")
    REPLAY_SAVE = "replay.save", _("Save the replay")
    CAMERA_START = "camera.start", _("Start the virtual camera")
    CAMERA_STOP = "camera.stop", _("Stop the virtual camera")
