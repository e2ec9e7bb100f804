from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account, User
from events.enums import Kind, Origin
from integrations.models import Integration
from overlays.enums import AlertState, GoalOf, LayerType, OnReturn, PlayState, SceneState, UploadKind


class Overlay(models.Model):
    """A page that OBS shows above the picture. Whoever has its key may open it, so the key is a secret.

    `version` rises with every change of it or of its layers: who saves says which one they changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    width = models.PositiveIntegerField(default=1920)
    height = models.PositiveIntegerField(default=1080)
    #: "transparent" or "#rrggbb".
    background = models.CharField(max_length=11, default="transparent")
    #: In which amounts and words of Lumio's own are written on it.
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField(default=1)
    key_encrypted = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    #: When the key was made; pages opened with an older one are over.
    key_made_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="overlay_name_once_per_account")
        ]

    def __str__(self) -> str:
        return self.name


class Layer(models.Model):
    """Something on an overlay, in overlay pixels; the one with the highest `position` lies on top.

    `config` is what `overlays.layers` allows for the type.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    overlay = models.ForeignKey(Overlay, on_delete=models.CASCADE, related_name="layers")
    type = models.CharField(max_length=20, choices=LayerType)
    name = models.CharField(max_length=80)
    visible = models.BooleanField(default=True)
    locked = models.BooleanField(default=False)
    position = models.PositiveIntegerField()
    x = models.IntegerField(default=0)
    y = models.IntegerField(default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    #: In percent.
    opacity = models.PositiveSmallIntegerField(default=100)
    config = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class Goal(models.Model):
    """How far a goal layer is: what was counted since `since`, in the same transaction as each event was stored.

    `counted` is of money in minor units of the layer's currency.
    """

    layer = models.OneToOneField(Layer, on_delete=models.CASCADE, primary_key=True, related_name="goal")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    counts = models.CharField(max_length=10, choices=GoalOf)
    currency = models.CharField(max_length=3, blank=True)
    #: Platforms that count; empty for all.
    platforms = models.JSONField(default=list)
    counted = models.BigIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.counted} {self.counts}"


class Timer(models.Model):
    """A timer layer that is started and stopped by hand: what had run before, and since when it runs again."""

    layer = models.OneToOneField(Layer, on_delete=models.CASCADE, primary_key=True, related_name="timer")
    ran_seconds = models.FloatField(default=0)
    running_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{'running' if self.running_since else 'stopped'} at {self.ran_seconds:.0f} s"


class Upload(models.Model):
    """A picture, video or sound of an account, found by a name that nobody can guess."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=5, choices=UploadKind)
    #: As the person who brought it calls it.
    name = models.CharField(max_length=120)
    #: In storage and in its address.
    file = models.CharField(max_length=80, unique=True)
    content_type = models.CharField(max_length=40)
    #: Bytes.
    size = models.PositiveBigIntegerField()
    #: Of a picture, in pixels.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    #: SHA-256 of what is stored.
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class AlertQueue(models.Model):
    """How an account's alerts are played. Locked first by whoever takes, ends or adds an alert."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    paused = models.BooleanField(default=False)
    muted = models.BooleanField(default=False)
    #: What plays now, if anything.
    current = models.ForeignKey("Alert", on_delete=models.SET_NULL, null=True, related_name="+")
    #: The next one is not begun before: a breath between two alerts.
    next_at = models.DateTimeField(null=True)
    #: Rises with every change that pages are told of.
    version = models.PositiveBigIntegerField(default=0)
    on_return = models.CharField(max_length=10, choices=OnReturn, default=OnReturn.ALL)
    #: More than so many alerts of one kind within so many seconds are held back; 0 for no limit.
    guard_most = models.PositiveIntegerField(default=20)
    guard_seconds = models.PositiveIntegerField(default=30)
    #: Kinds whose alerts are played before or after where they belong: {"tip": 9}, 0 (last) to 9 (first).
    priorities = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"alerts of {self.account_id}"


class Alert(models.Model):
    """An event that is to be shown once. `event` is its public form (`events.on_air`), so that it outlives the row."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    #: Of the event in its log.
    event_seq = models.BigIntegerField()
    kind = models.CharField(max_length=40, choices=Kind)
    platform = models.CharField(max_length=20)
    origin = models.CharField(max_length=10, choices=Origin)
    event = models.JSONField()
    #: Of the person, to recognise gifts that belong together.
    actor_id = models.CharField(max_length=100, blank=True)
    #: 0 (last) to 9 (first); a replay comes before them all.
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.WAITING)
    #: How often it was offered and nobody began.
    attempts = models.PositiveSmallIntegerField(default=0)
    replay_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    #: When it was last taken from those that wait.
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "state", "-priority", "id"], name="alert_next"),
            models.Index(fields=["account", "-id"], name="alert_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class AlertPlay(models.Model):
    """One source that shows one alert."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="plays")
    overlay = models.ForeignKey(Overlay, on_delete=models.CASCADE, related_name="+")
    #: The page, as it calls itself.
    source = models.UUIDField()
    #: Which layers play it, and each with which variation: [{"layer", "variation"}].
    layers = models.JSONField(default=list)
    #: How long it lasts there.
    seconds = models.FloatField()
    state = models.CharField(max_length=10, choices=PlayState, default=PlayState.OFFERED)
    #: Until when the page has to begin, or once it has, to be done.
    leased_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alert", "source"], name="alert_once_per_source"),
        ]

    def __str__(self) -> str:
        return f"alert {self.alert_id} {self.state}"


class Panic(models.Model):
    """Whether the panic button of an account is pressed, and how alerts were before. Read and changed by whoever has
    locked the account's AlertQueue."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    #: Null while it is not pressed.
    since = models.DateTimeField(null=True)
    #: Who pressed it, as others read it.
    by = models.CharField(max_length=254, blank=True)
    was_paused = models.BooleanField(default=False)
    was_muted = models.BooleanField(default=False)
    #: Rises with every press, so that whoever asks an OBS sees that something else is wanted by now.
    turn = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"panic of {self.account_id} {'on' if self.since else 'off'}"


class SafeScene(models.Model):
    """The scene that an OBS is to show while the panic button is pressed, and how far it is with that."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    scene = models.CharField(max_length=256)
    state = models.CharField(max_length=10, choices=SceneState, default=SceneState.IDLE)
    #: The turn of the panic button that `state` belongs to.
    turn = models.PositiveBigIntegerField(default=0)
    #: What it showed before and is to show again; "" for nothing.
    before = models.CharField(max_length=256, blank=True)
    #: A code of `integrations.tools.failures` and what its sentence needs.
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)
    #: Until then somebody asks it.
    asked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.scene} {self.state}"


class Source(models.Model):
    """A page that has an overlay open, or had it lately. It writes when something changes and every few seconds."""

    #: As the page calls itself, anew whenever it is loaded.
    id = models.UUIDField(primary_key=True)
    overlay = models.ForeignKey(Overlay, on_delete=models.CASCADE, related_name="sources")
    connected = models.BooleanField(default=True)
    #: Whether OBS shows it now; null where nobody says.
    visible = models.BooleanField(null=True)
    active = models.BooleanField(null=True)
    #: Of Lumio's files that the page runs, and of OBS ("" in an ordinary browser).
    version = models.CharField(max_length=40, blank=True)
    obs_version = models.CharField(max_length=40, blank=True)
    #: Browser and system as `accounts.domain.sessions.recognise` names them.
    browser = models.CharField(max_length=40, blank=True)
    system = models.CharField(max_length=40, blank=True)
    #: Frames a second that it draws, as it says itself.
    frames = models.PositiveSmallIntegerField(null=True)
    connected_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"source of {self.overlay_id}"
