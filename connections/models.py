from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.enums import Via
from accounts.models import Account, Member, Role, User
from connections.enums import ASKS, Act, GrantState, OrderState, Purpose, Use, Voice


class AppCredentials(models.Model):
    """An account's own OAuth application at one platform. Both values are encrypted; only the hint is ever shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="app_credentials")
    platform = models.CharField(max_length=20)
    client_id_encrypted = models.BinaryField()
    client_secret_encrypted = models.BinaryField()
    client_id_hint = models.CharField(max_length=4)
    #: The redirect URI we showed when these were saved: a changed public address is noticed by comparing.
    redirect_uri = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    #: The platform asked for a pause: until then nobody asks its API with this Client ID (`connections.domain.pauses`).
    paused_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform"], name="credentials_once_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.platform}: …{self.client_id_hint}"


class Connection(models.Model):
    """A grant: one identity at one platform, with the tokens that speak for it.

    Only `connections.domain.vault` turns tokens from stored bytes into values and back. `version` rises with every
    change of tokens: whoever worked with an older one has lost the race and must not store.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    platform = models.CharField(max_length=20)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.CHANNEL)
    channel_id = models.CharField(max_length=100)
    channel_login = models.CharField(max_length=100, blank=True)
    channel_name = models.CharField(max_length=200)
    avatar_url = models.CharField(max_length=500, blank=True)
    #: What was granted, not what was asked for.
    scopes = models.JSONField(default=list)
    access_token_encrypted = models.BinaryField()
    refresh_token_encrypted = models.BinaryField(null=True)
    expires_at = models.DateTimeField(null=True)
    connected_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    connected_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    state = models.CharField(max_length=24, choices=GrantState, default=GrantState.CONNECTED)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)
    failed_since = models.DateTimeField(null=True)

    version = models.PositiveIntegerField(default=1)
    #: When the refresh sweep should take it; null when there is nothing to refresh.
    refresh_due_at = models.DateTimeField(null=True)
    refresh_attempts = models.PositiveIntegerField(default=0)
    refresh_owner = models.CharField(max_length=80, blank=True)
    refresh_leased_until = models.DateTimeField(null=True)
    #: Set while a refresh is under way; still set after the lease has run out means "outcome unknown".
    refresh_started_at = models.DateTimeField(null=True)

    #: When the whole sign-in ends, whatever is refreshed; null where the platform names no end.
    grant_ends_at = models.DateTimeField(null=True)
    #: When people were told that it is about to end.
    warned_at = models.DateTimeField(null=True)
    #: What came of the last refreshes, newest first: {"at": ISO 8601, "code": "" or a failure's, "params": {}}.
    refresh_log = models.JSONField(default=list)

    #: When the platform last said that the token works.
    validated_at = models.DateTimeField(null=True)
    #: When it is to be asked again; null where it need not be. Whoever moves it has the turn.
    validate_due_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform", "purpose"], name="connection_once_per_purpose")
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "refresh_due_at"], name="connection_refresh_due"),
            models.Index(fields=["platform", "validate_due_at"], name="connection_validate_due"),
            models.Index(fields=["grant_ends_at"], name="connection_grant_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.platform}: {self.channel_name}"

    @property
    def source_key(self) -> str:
        """The `IngestSource.key` of this channel's live stream."""
        return f"{self.platform}:{self.pk}"

    @property
    def player_key(self) -> str:
        """The `IngestSource.key` of whoever asks what plays there."""
        return f"music:{self.pk}"


class ConnectLinkQuerySet(models.QuerySet["ConnectLink"]):
    def open(self) -> ConnectLinkQuerySet:
        """Those that were not used, have not run out and were not withdrawn."""
        return self.filter(used_at=None, expires_at__gt=timezone.now())

    def with_rights(self) -> ConnectLinkQuerySet:
        """Each link with its account, its maker and their role there at this moment."""
        seat = Member.objects.filter(
            account=OuterRef("account"), user=OuterRef("created_by"), user__is_active=True
        ).order_by()
        return self.select_related("account", "created_by").annotate(
            maker_role=Subquery(seat.values("role__slug")[:1]),
            maker_codes=Subquery(seat.values("role__permissions")[:1]),
        )


class ConnectLink(models.Model):
    """A link with which somebody who cannot sign in here authorises one platform for one purpose, once.

    Only the digest of its code is kept. A link that is withdrawn runs out at that moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    purpose = models.CharField(max_length=10, choices=Purpose)
    code_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = ConnectLinkQuerySet.as_manager()

    # Filled in by `with_rights()`; None when its maker has left the account.
    maker_role: str | None
    maker_codes: list[str] | None

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="connect_link_newest")]

    def __str__(self) -> str:
        return f"{self.platform}: {self.purpose} until {self.expires_at:%Y-%m-%d %H:%M}"

    @property
    def rights(self) -> frozenset[str]:
        """What its maker may do in the account now; nothing once they have left. Needs `with_rights()`."""
        if self.maker_role is None:
            return frozenset()
        return Role(slug=self.maker_role, permissions=self.maker_codes).codes

    @property
    def works(self) -> bool:
        """Whether it is open and its maker may still do what it does. Needs `with_rights()`."""
        is_open = self.used_at is None and self.expires_at > timezone.now()
        return is_open and ASKS[Purpose(self.purpose)] in self.rights


class OAuthAttempt(models.Model):
    """One way out to a platform and back: single use, ten minutes, bound to session, account, person and purpose."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    #: Set where somebody came by a link instead of signing in; `user` is then who made it.
    link = models.ForeignKey(ConnectLink, on_delete=models.CASCADE, null=True, related_name="+")
    platform = models.CharField(max_length=20)
    purpose = models.CharField(max_length=10, choices=Purpose)
    redirect_uri = models.CharField(max_length=300)
    code_verifier_encrypted = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    #: The platform asked for a pause; until then Connect is off.
    pause_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "platform", "-created_at"], name="attempt_newest")]

    def __str__(self) -> str:
        return f"{self.platform}: {self.created_at:%Y-%m-%d %H:%M}"


class QuotaDay(models.Model):
    """What an account's app has spent of a platform's daily quota, in the platform's units.

    A day is the platform's own: YouTube's begins at midnight Pacific time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    day = models.DateField()
    spent = models.PositiveIntegerField(default=0)
    #: When the platform said that nothing is left; until the day ends nothing is asked any more.
    exhausted_at = models.DateTimeField(null=True)
    #: Units an hour that listening takes at present; 0 while nobody has said.
    pace = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform", "day"], name="quota_once_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.day}: {self.spent}"


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def with_listener(self) -> WebhookQuerySet:
        """Each address with the account's connection to that platform, whose events come there."""
        channel = Connection.objects.filter(
            account=OuterRef("account"), platform=OuterRef("platform"), purpose=Purpose.CHANNEL
        )
        return self.annotate(
            connection_id=Subquery(channel.values("pk")), channel_id=Subquery(channel.values("channel_id"))
        )


class Webhook(models.Model):
    """The unguessable address at which a platform delivers an account's events.

    The signature of a delivery says that the platform sent it, and its content for which channel.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    #: The last part of the address, which is shown to who may edit connections.
    code = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    #: The last delivery that was refused, and why: a code of `platforms.webhooks`.
    refused_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=60, blank=True)

    objects = WebhookQuerySet.as_manager()

    # Filled in by `with_listener()`; None where nobody is connected.
    connection_id: uuid.UUID | None
    channel_id: str | None

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform"], name="webhook_once_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.platform}: webhook of {self.account_id}"

    @property
    def source_key(self) -> str:
        """The `IngestSource.key` of what comes there. Needs `with_listener()`."""
        return f"{self.platform}:{self.connection_id}"


class PlatformSwitch(models.Model):
    """The operator has switched one use of a platform off, for everybody or for one account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    platform = models.CharField(max_length=20)
    use = models.CharField(max_length=10, choices=Use, default=Use.CHANNEL)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "use", "account"], name="switch_once_per_account"),
            models.UniqueConstraint(
                fields=["platform", "use"], condition=models.Q(account=None), name="switch_once_for_everybody"
            ),
        ]
        verbose_name_plural = "platform switches"

    def __str__(self) -> str:
        return f"{self.platform} ({self.use}): {self.account or 'everybody'}"


class BotPause(models.Model):
    """An account's bot keeps silent at one platform for as long as this row is there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "platform"], name="bot_pause_once_per_platform")
        ]

    def __str__(self) -> str:
        return f"{self.platform}: paused"


class ChatOrder(models.Model):
    """One thing that somebody asked of one platform's chat: a message to send, or a viewer to silence.

    It is there before the platform is asked. `begun_at` says that somebody is asking: an order that is WAITING although
    it was begun long ago may or may not have been carried out, and is never begun again.
    """

    #: How long a timeout or ban can be undone.
    UNDOABLE = timedelta(minutes=10)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    act = models.CharField(max_length=10, choices=Act)
    state = models.CharField(max_length=10, choices=OrderState, default=OrderState.WAITING)
    created_at = models.DateTimeField()
    #: When it is its turn, and since when the platform is being asked.
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)

    # Who asked, as the audit log knows them.
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_name = models.CharField(max_length=254, blank=True)
    via = models.CharField(max_length=20, choices=Via)
    via_detail = models.CharField(max_length=120, blank=True)
    address = models.GenericIPAddressField(null=True)

    # A message: as what it goes out, and who that is at the platform.
    text = models.TextField(blank=True)
    voice = models.CharField(max_length=10, choices=Voice, blank=True)
    speaker_id = models.CharField(max_length=100, blank=True)
    speaker_name = models.CharField(max_length=200, blank=True)
    #: The platform's id of the message that was sent or deleted, and of the one that is answered.
    message_id = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=200, blank=True)

    # A viewer.
    target_id = models.CharField(max_length=100, blank=True)
    target_login = models.CharField(max_length=100, blank=True)
    target_name = models.CharField(max_length=200, blank=True)
    seconds = models.PositiveBigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    #: What the platform needs to hear to lift it.
    reference = models.CharField(max_length=200, blank=True)
    undoes = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="undone_by")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["platform", "speaker_id", "due_at"], name="order_by_speaker"),
            models.Index(fields=["account", "platform", "target_id", "created_at"], name="order_by_target"),
            models.Index(fields=["state", "due_at"], name="order_by_state"),
            models.Index(fields=["created_at"], name="order_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.target_name or self.target_login or self.target_id or self.speaker_name}"

    @property
    def is_undone(self) -> bool:
        return self._is_silencing and self.undone_by.filter(state=OrderState.DONE).exists()

    @property
    def can_undo(self) -> bool:
        """Whether it can be lifted yet; whether it was, `is_undone` says."""
        is_fresh = self.done_at is not None and self.done_at > timezone.now() - self.UNDOABLE
        return self._is_silencing and is_fresh and self.state == OrderState.DONE

    @property
    def _is_silencing(self) -> bool:
        return self.act in (Act.TIMEOUT, Act.BAN)


class ViewerNote(models.Model):
    """What a moderator wrote down about a viewer, for the other moderators."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20)
    #: The platform's.
    user_id = models.CharField(max_length=100)
    text = models.CharField(max_length=1000)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "platform", "user_id", "-created_at"], name="note_of_viewer")
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.user_id}"


class DiscordBot(models.Model):
    """The one Discord bot of this Lumio, set up by the operator for all accounts. Its token has no end."""

    #: There is one row at most.
    ONLY = uuid.UUID("d15c0fd0-0000-4000-8000-000000000001")

    id = models.UUIDField(primary_key=True, default=ONLY, editable=False)
    token_encrypted = models.BinaryField()
    bot_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    avatar_url = models.CharField(max_length=500, blank=True)
    application_id = models.CharField(max_length=100)
    checked_at = models.DateTimeField()
    #: Why the token no longer works; empty while it does.
    failure_code = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.name
