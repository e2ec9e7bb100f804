from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from accounts.models import Account
from events.enums import Kind, Log, Origin, SourceState, Unit


class LiveHead(models.Model):
    """The last `seq` of an account's two logs, and the epoch of its rights.

    A table of its own, locked first by every writer, so that commit order is `seq` order. `access_epoch` rises
    whenever anybody's rights in the account may have changed.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="live_head")
    events_seq = models.BigIntegerField(default=0)
    chat_seq = models.BigIntegerField(default=0)
    access_epoch = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"events {self.events_seq}, chat {self.chat_seq}, rights {self.access_epoch}"

    def next_seq(self, log: Log) -> int:
        """Count one more row of `log`. Only for the holder of the lock."""
        field = f"{log.value}_seq"
        seq: int = getattr(self, field) + 1
        setattr(self, field, seq)
        return seq

    def last_seq(self, log: Log) -> int:
        return self.events_seq if log is Log.EVENTS else self.chat_seq


class LogRow(models.Model):
    """One line of a log, addressed by (account, seq), unique by (account, source, external_id)."""

    log: ClassVar[Log]

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, choices=Kind)
    platform = models.CharField(max_length=20)
    channel_id = models.CharField(max_length=100)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    actor_id = models.CharField(max_length=100, blank=True)
    actor_login = models.CharField(max_length=100, blank=True)
    actor_name = models.CharField(max_length=200, blank=True)
    actor_avatar = models.CharField(max_length=500, blank=True)
    actor_anonymous = models.BooleanField(default=False)
    amount = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=12, choices=Unit, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    message = models.TextField(blank=True)
    fragments = models.JSONField(default=list)
    extra = models.JSONField(default=dict)
    raw = models.JSONField(null=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "seq"], name="%(class)s_seq_once"),
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="%(class)s_stored_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"


class Event(LogRow):
    """A follow, a sub, a raid …: everything that is not chat."""

    log = Log.EVENTS

    #: When somebody ticked that whoever did it was thanked.
    thanked_at = models.DateTimeField(null=True)
    #: Who did that, as {id, login, name}: nobody of the platform's, so there is a name alone.
    thanked_by = models.JSONField(default=dict)

    class Meta(LogRow.Meta):
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="event_with_payload", condition=models.Q(raw__isnull=False)),
            models.Index(fields=["account", "platform", "actor_id"], name="event_by_actor"),
        ]

    @property
    def thanked(self) -> dict[str, Any] | None:
        """When (ISO 8601) and by whom it was ticked as thanked for; None while it is not."""
        return {"at": self.thanked_at.isoformat(), "by": self.thanked_by} if self.thanked_at else None


class ChatLine(LogRow):
    """A chat message, or something that happened to one."""

    log = Log.CHAT

    #: When it was taken out of the chat; its words stay for moderators until the line itself is forgotten.
    removed_at = models.DateTimeField(null=True)
    #: Who did that, as {id, login, name}; empty where the platform does not tell.
    removed_by = models.JSONField(default=dict)

    class Meta(LogRow.Meta):
        indexes: ClassVar = [models.Index(fields=["account", "platform", "actor_id"], name="chatline_by_writer")]

    @property
    def removed(self) -> dict[str, Any] | None:
        """When (ISO 8601) and by whom it was taken out of the chat; None while it stands."""
        return {"at": self.removed_at.isoformat(), "by": self.removed_by} if self.removed_at else None


class Viewer(models.Model):
    """Somebody who did something on an account's channel of one platform."""

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    #: The platform's.
    user_id = models.CharField(max_length=100)
    login = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200, blank=True)
    avatar = models.CharField(max_length=500, blank=True)
    first_seen_at = models.DateTimeField()
    #: Within a few minutes: not every message is worth a write.
    last_seen_at = models.DateTimeField()
    #: The first chat message that Lumio knows of.
    first_message_at = models.DateTimeField(null=True)
    #: Within a few minutes too, but never before a stream for somebody who has written since it began.
    last_message_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform", "user_id"], name="viewer_once_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.name or self.login or self.user_id}"


class IngestSource(models.Model):
    """One upstream connection: who holds it (lease and fence), and how it is doing (proof of life).

    `fence` rises with every change of holder; a batch is stored only while the writer's fence is the current one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sources")
    #: Names the upstream, for example "twitch:<connection id>".
    key = models.CharField(max_length=80, unique=True)
    owner = models.CharField(max_length=80, blank=True)
    fence = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=20, choices=SourceState, default=SourceState.STARTING)
    state_since = models.DateTimeField(null=True)
    subscriptions_active = models.PositiveIntegerField(default=0)
    subscriptions_wanted = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)
    #: What the source wants to find again after a restart: where it had read up to.
    memory = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class ChannelStatus(models.Model):
    """Whether one platform's channel is live, as last heard."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="channel_statuses")
    platform = models.CharField(max_length=20)
    channel_id = models.CharField(max_length=100)
    channel_name = models.CharField(max_length=200, blank=True)
    live = models.BooleanField(default=False)
    live_since = models.DateTimeField(null=True)
    viewers = models.PositiveIntegerField(null=True)
    title = models.CharField(max_length=500, blank=True)
    category = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform"], name="channel_status_once_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.channel_name} ({'live' if self.live else 'not live'})"


class Heartbeat(models.Model):
    """A process that works: `name` is its kind ("ingest", "beat", "web"), `owner` the one process."""

    name = models.CharField(max_length=20)
    owner = models.CharField(max_length=120)
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "owner"], name="heartbeat_once_per_process")]

    def __str__(self) -> str:
        return f"{self.name} {self.owner}"
