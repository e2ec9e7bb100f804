from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, User
from events.models import IngestSource
from integrations.enums import Route, StreamPlatform, TokenState, Tool, Trigger
from integrations.tools.failures import stored


class StreamElementsToken(models.Model):
    """A JWT of one StreamElements channel, whose tips belong to the stream at `platform`.

    There may be several of one channel, while one replaces another. Only `integrations.domain.vault` decrypts them.
    """

    #: A person is told so long before a token ends.
    WARNS_AHEAD: ClassVar = timedelta(days=7)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=StreamPlatform)
    label = models.CharField(max_length=80, blank=True)
    jwt_encrypted = models.BinaryField()
    #: Its last four characters.
    hint = models.CharField(max_length=4)
    digest = models.CharField(max_length=64)
    #: What the token itself says about its end; null for one that names none.
    expires_at = models.DateTimeField(null=True)

    state = models.CharField(max_length=12, choices=TokenState, default=TokenState.UNVERIFIED)
    #: Why it is broken, a code of `streamelements.failures`, and since when.
    failure_code = models.CharField(max_length=60, blank=True)
    failed_since = models.DateTimeField(null=True)
    #: When StreamElements last said that it works.
    verified_at = models.DateTimeField(null=True)
    #: Whose it is, once StreamElements has told: its id and name there, and the platform it was made for.
    channel_id = models.CharField(max_length=24, blank=True)
    channel_name = models.CharField(max_length=200, blank=True)
    channel_provider = models.CharField(max_length=20, blank=True)
    #: What listens for it, by a key that is always set. The row itself is made by the ingest process that begins.
    source = models.ForeignKey(
        IngestSource, to_field="key", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    #: When the last tip of its channel was given.
    last_tip_at = models.DateTimeField(null=True)
    #: When people were told that it is about to end.
    warned_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "digest"], name="se_token_once_per_account")
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="se_token_expires")]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}" if self.name else f"…{self.hint}"

    @property
    def name(self) -> str:
        """What people know it by; empty for one without a label that was never verified."""
        return self.label or self.channel_name

    @property
    def own_key(self) -> str:
        """The `IngestSource.key` of what asks whose it is, until that is known."""
        return f"streamelements:{self.pk}"

    @property
    def channel_key(self) -> str:
        """The `IngestSource.key` of its channel, the same for every token of it: a tip seen through two is one tip."""
        return f"streamelements:{self.account_id.hex}:{self.channel_id}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether StreamElements has its channel at another platform than the one that was chosen."""
        return self.channel_provider not in ("", self.platform)

    @property
    def days_left(self) -> int | None:
        """Whole days until it ends; negative once it has ended, None for one without an end."""
        return None if self.expires_at is None else (self.expires_at - timezone.now()).days

    @property
    def ends_soon(self) -> bool:
        return self.expires_at is not None and self.expires_at - self.WARNS_AHEAD <= timezone.now()


class Integration(models.Model):
    """An OBS or a Streamer.bot of a streamer. Only `integrations.domain.vault` decrypts its password."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    tool = models.CharField(max_length=20, choices=Tool)
    #: What people tell several apart by; unique in an account.
    label = models.CharField(max_length=80)
    is_enabled = models.BooleanField(default=True)
    route = models.CharField(max_length=10, choices=Route)
    #: Where it listens, seen from whoever opens the connection. Over the bridge always 127.0.0.1.
    host = models.CharField(max_length=255, default="127.0.0.1")
    port = models.PositiveIntegerField()
    #: The path of Streamer.bot's server.
    endpoint = models.CharField(max_length=200, default="/")
    #: Null for one without a password.
    password_encrypted = models.BinaryField(null=True)
    #: Whether what Streamer.bot tells becomes events in Lumio.
    takes_events = models.BooleanField(default=False)
    #: Raised by every change, so that connections begin anew.
    revision = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "label"], name="integration_label_once_per_account")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def source_key(self) -> str:
        """The `IngestSource.key` of a direct connection."""
        return f"tool:{self.pk}"

    @property
    def has_password(self) -> bool:
        return self.password_encrypted is not None

    @property
    def address(self) -> str:
        """“127.0.0.1:4455”, “[::1]:4455”."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class IntegrationResult(models.Model):
    """What came of trying to reach a tool. The last ten of each integration are kept."""

    KEPT: ClassVar = 10

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="results")
    at = models.DateTimeField(default=timezone.now)
    trigger = models.CharField(max_length=10, choices=Trigger)
    #: A code of `tools.failures` and what its sentence needs; empty for a success.
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)
    version = models.CharField(max_length=40, blank=True)
    latency_ms = models.PositiveIntegerField(null=True)
    #: How many actions Streamer.bot has.
    actions = models.PositiveIntegerField(null=True)
    #: False if it asks for no password.
    is_protected = models.BooleanField(default=True)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["integration", "-id"], name="integration_result_latest")]

    def __str__(self) -> str:
        return self.failure_code or self.version

    @property
    def sentence(self) -> str:
        """What came of it, in the language of now."""
        if self.failure_code:
            return stored(self.failure_code, self.failure_params).text
        tool = Tool(self.integration.tool).short
        connected = _("Connected to {tool} {version} successfully!").format(tool=tool, version=self.version)
        if self.actions is None:
            return connected
        actions = ngettext("It has {number} action.", "It has {number} actions.", self.actions)
        return f"{connected} {actions.format(number=self.actions)}"


class Bridge(models.Model):
    """The page of an account that runs inside OBS and reaches the tools beside it, found by its secret's digest."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+", primary_key=True)
    secret_encrypted = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"bridge of {self.account_id}"
