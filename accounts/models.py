from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import DEFAULT_ROLES, OWNER, Permission, Via, actions


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An operator: may use Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class HourCycle(models.TextChoices):
    AUTO = "auto", _("As the browser has it")
    H12 = "h12", _("12 hours")
    H23 = "h23", _("24 hours")


class RowTimes(models.TextChoices):
    """How exact the times in chat and event feeds are."""

    MINUTES = "minutes", _("Hours and minutes")
    SECONDS = "seconds", _("With seconds")
    NONE = "none", _("No times")


class StreamerMode(models.TextChoices):
    OFF = "off", _("Off")
    ON = "on", _("On")
    AUTO = "auto", _("By itself while I am live")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do is decided by their memberships, never here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    hour_cycle = models.CharField(_("clock"), max_length=4, choices=HourCycle, default=HourCycle.AUTO)
    row_times = models.CharField(
        _("times in chat and events"), max_length=8, choices=RowTimes, default=RowTimes.MINUTES
    )
    #: Whether pages hide what must not be seen on stream; see `accounts.domain.streamer_mode`.
    streamer_mode = models.CharField(_("streamer mode"), max_length=4, choices=StreamerMode, default=StreamerMode.OFF)
    wants_mail = models.BooleanField(_("mail about notifications"), default=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class Account(models.Model):
    """What a team shares: connections, tokens, overlays and everything that happens on its channels."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    #: The one account that no person is a member of: it holds what the operator connected for everybody.
    is_instance = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    #: When its owner deleted it. From then on nobody gets in and nothing is stored; see `accounts.domain.deletion`.
    closed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_instance"], condition=models.Q(is_instance=True), name="account_one_instance"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def take_turns(self) -> None:
        """Have whoever else calls this wait until the transaction ends: of two presses at once the second counts what
        the first has made."""
        Account.objects.select_for_update(no_key=True).get(pk=self.pk)


class Role(models.Model):
    """A named set of permissions inside one account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="roles")
    slug = models.SlugField(max_length=40)
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=7)
    permissions = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "slug"], name="role_once_per_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name as people read it: a default role's in their language, until somebody renames it."""
        is_default = any((role.slug, role.name) == (self.slug, self.name) for role in DEFAULT_ROLES)
        return gettext(self.name) if is_default else self.name

    @property
    def is_owner(self) -> bool:
        return self.slug == OWNER.slug

    @property
    def codes(self) -> frozenset[str]:
        """What the role allows now. The owner's is the whole catalogue, also of codes younger than the account."""
        return OWNER.permissions if self.is_owner else frozenset(self.permissions) & frozenset(Permission)


class Member(models.Model):
    """A user in an account, with one role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, on_delete=models.RESTRICT, related_name="members")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "user"], name="member_once_per_account")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Those that have neither run out nor been used up."""
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            Q(max_uses=None) | Q(uses__lt=F("max_uses")),
        )

    def with_rights(self) -> InvitationQuerySet:
        """Each invitation with its account, its role, its creator and their role in the account at this moment."""
        seat = Member.objects.filter(
            account=OuterRef("account"), user=OuterRef("creator"), user__is_active=True
        ).order_by()
        return self.select_related("account", "role", "creator").annotate(
            creator_role=Subquery(seat.values("role__slug")[:1]),
            creator_codes=Subquery(seat.values("role__permissions")[:1]),
        )


class Invitation(models.Model):
    """A link with which people join an account, in one role and as often as `max_uses` says (None: without end).

    Only the digest of its code is kept. It is good while its creator could still give this role to somebody; one that
    is withdrawn is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    last_four = models.CharField(max_length=4)
    note = models.CharField(max_length=80, blank=True)
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    max_uses = models.PositiveSmallIntegerField(null=True, default=1)
    uses = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    #: None: it does not run out by itself.
    expires_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    # Filled in by `with_rights()`; None when the creator has left the account.
    creator_role: str | None
    creator_codes: list[str] | None

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(max_uses=None) | Q(uses__lte=F("max_uses")), name="invitation_not_used_too_often"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="invitation_newest")]

    def __str__(self) -> str:
        return f"{self.role} (…{self.last_four})"

    @property
    def has_run_out(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_used_up(self) -> bool:
        return self.max_uses is not None and self.uses >= self.max_uses

    @property
    def creators_codes(self) -> frozenset[str]:
        """What its creator may do in the account now; nothing once they have left. Needs `with_rights()`."""
        if self.creator_role is None or self.account.closed_at is not None:
            return frozenset()
        return Role(slug=self.creator_role, permissions=self.creator_codes).codes

    @property
    def is_backed(self) -> bool:
        """Whether its creator may still invite, and holds all that the role allows now. Needs `with_rights()`."""
        return Permission.MEMBERS_CREATE in self.creators_codes and self.role.codes <= self.creators_codes

    @property
    def works(self) -> bool:
        """Whether it lets somebody in now. Needs `with_rights()`."""
        return self.is_backed and not self.has_run_out and not self.is_used_up


class SetupCode(models.Model):
    """The one-time code that claims a fresh instance. Only its digest is kept; a new one replaces the old."""

    #: There is one row at most.
    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"set-up code of {self.created_at:%Y-%m-%d %H:%M}"


class AuditEntry(models.Model):
    """One line of the append-only audit log. Written by `accounts.domain.audit.record`, never changed.

    Triggers (`accounts.triggers`) refuse every UPDATE, and every DELETE until the line's account is closed; an
    account's lines go with the account.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, related_name="audit_entries", null=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Ids and names instead of foreign keys: the line outlives the people it names.
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254, blank=True)
    via = models.CharField(max_length=20, choices=Via)
    via_detail = models.CharField(max_length=120, blank=True)
    action = models.CharField(max_length=40, choices=actions)
    target_type = models.CharField(max_length=40, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_name = models.CharField(max_length=254, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="audit_account_newest"),
            models.Index(fields=["account", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["account", "action", "-id"], name="audit_by_action"),
            models.Index(fields=["account", "created_at"], name="audit_by_time"),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.target_name}"


class Notification(models.Model):
    """Something that whoever looks after the account should know, until `resolved_at`.

    Written by `accounts.domain.notifications`, which also knows what each `code` says and who may see it. `subject` is
    what it is about ("connection:<uuid>"): of one code and subject one row at most is not resolved.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notifications")
    code = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    #: What the sentence is made of, in JSON, never a secret.
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "code", "subject"],
                condition=models.Q(resolved_at=None),
                name="notification_once_until_resolved",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-id"], name="notification_newest"),
            models.Index(fields=["created_at"], name="notification_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}"


class NotificationRead(models.Model):
    """That one person has read one notification."""

    id = models.BigAutoField(primary_key=True)
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notification", "user"], name="notification_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} read by {self.user_id}"


class NotificationMail(models.Model):
    """A mail that is still to be sent: one notification to one person. It goes when it is sent or given up.

    Whoever moves `due_at` has the turn (see `accounts.domain.mails`).
    """

    id = models.BigAutoField(primary_key=True)
    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notification", "user"], name="notification_mail_once")
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="notification_mail_due")]

    def __str__(self) -> str:
        return f"{self.notification_id} to {self.user_id}"
