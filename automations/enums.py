from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TriggerType(TextChoices):
    """What has an automation run. Every automation can be run by hand as well."""

    EVENT = "event", _("something happens on stream")
    COMMAND = "command", _("somebody writes a command in chat")
    MANUAL = "manual", _("somebody presses its button")


class Who(TextChoices):
    """Who may use a chat command. Each can do what those after it can."""

    BROADCASTER = "broadcaster", _("only the streamer")
    MODERATORS = "moderators", _("moderators")
    VIPS = "vips", _("VIPs")
    SUBSCRIBERS = "subscribers", _("subscribers and members")
    EVERYBODY = "everybody", _("everybody")


class StepType(TextChoices):
    """What a step does. `automations.steps` says what each takes."""

    OBS = "obs", _("Have OBS do something")
    STREAMERBOT = "streamerbot", _("Run a Streamer.bot action")
    CHAT = "chat", _("Write in chat")
    WAIT = "wait", _("Wait")


class RunState(TextChoices):
    """Where a run is in its life. It ends in one of the last three."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    #: At least one step did not do what it should; the others did.
    FAILED = "failed", _("failed in part")
    #: It came to a stop, and doing the rest so much later would have surprised people on air.
    ABANDONED = "abandoned", _("broken off")


class StepState(TextChoices):
    """How far one step of a run is. Each is begun at most once."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    #: Whoever had begun it died, and nobody can tell whether it was done.
    UNKNOWN = "unknown", _("nobody can tell")
    LEFT_OUT = "left_out", _("left out")
