from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LayerType(TextChoices):
    """What a layer shows. `overlays.layers` says how each is configured."""

    ALERT_BOX = "alert_box", _("Alert box")
    CHAT_BOX = "chat_box", _("Chat box")
    EVENT_LIST = "event_list", _("Event list")
    NOW_PLAYING = "now_playing", _("Now playing")
    GOAL = "goal", _("Goal")
    TEXT = "text", _("Text")
    IMAGE = "image", _("Image or video")
    TIMER = "timer", _("Timer")
    CUSTOM = "custom", _("Custom code")


class UploadKind(TextChoices):
    """What a file is, as its first bytes say."""

    IMAGE = "image", _("Image")
    VIDEO = "video", _("Video")
    SOUND = "sound", _("Sound")


class GoalOf(TextChoices):
    """What a goal counts."""

    FOLLOWS = "follows", _("Followers")
    SUBS = "subs", _("Subs and memberships")
    TIPS = "tips", _("Tips, Super Chats and donations")
    BITS = "bits", _("Bits")


class TimerAct(TextChoices):
    """What one does to a timer."""

    START = "start", _("Start")
    STOP = "stop", _("Stop")
    RESET = "reset", _("Reset")


class AlertState(TextChoices):
    """Where an alert is in its life. It ends in one of the last five, exactly once."""

    WAITING = "waiting", _("waiting")
    PLAYING = "playing", _("playing")
    PLAYED = "played", _("played")
    SKIPPED = "skipped", _("skipped")
    CLEARED = "cleared", _("cleared")
    #: Too many of its kind came at once.
    HELD_BACK = "held_back", _("held back")
    #: What the account wants done with alerts that waited while no source was visible.
    PASSED_OVER = "passed_over", _("passed over")


#: States in which nothing more happens to an alert.
ENDED = frozenset(AlertState) - {AlertState.WAITING, AlertState.PLAYING}


class PlayState(TextChoices):
    """How far one source is with one alert. Who has begun will not be given it again."""

    OFFERED = "offered", _("offered")
    STARTED = "started", _("started")
    #: Its page has begun and has gone since, or lost the connection.
    LEFT = "left", _("begun, then gone")
    DONE = "done", _("done")
    LOST = "lost", _("lost")


class SceneState(TextChoices):
    """How far an OBS is with the safe scene of the panic button."""

    #: It was not asked for anything, or there was nothing to put back.
    IDLE = "idle", _("not asked")
    ASKED = "asked", _("asked")
    SAFE = "safe", _("shows the safe scene")
    RESTORED = "restored", _("shows the scene of before again")
    #: Somebody had chosen another scene meanwhile.
    KEPT = "kept", _("left as it is")
    FAILED = "failed", _("could not be switched")


class OnReturn(TextChoices):
    """What becomes of alerts that waited while no source could be seen."""

    ALL = "all", _("Play them all")
    NEWEST = "newest", _("Play only the newest")
    NONE = "none", _("Play none of them")
