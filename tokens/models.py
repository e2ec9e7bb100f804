from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Subquery

from accounts.enums import Permission
from accounts.models import Account, Member, Role, User
from tokens.enums import NEVER_BY_TOKEN, Revocation, usable


class PopoutTokenQuerySet(models.QuerySet["PopoutToken"]):
    def alive(self) -> PopoutTokenQuerySet:
        return self.filter(revoked_at=None)

    def with_rights(self) -> PopoutTokenQuerySet:
        """Each token with its creator's role in the account at this moment, so that `effective` needs no query."""
        seat = Member.objects.filter(
            account=OuterRef("account"), user=OuterRef("creator"), user__is_active=True
        ).order_by()
        return self.select_related("creator", "member__user").annotate(
            creator_role=Subquery(seat.values("role__slug")[:1]),
            creator_codes=Subquery(seat.values("role__permissions")[:1]),
        )


class PopoutToken(models.Model):
    """A secret in a URL that opens unattended pages. Only its digest is kept.

    What it may do is worked out at each use, from what it lists and what its creator may do at that moment.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="popout_tokens")
    label = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    #: "lm_pop_Ab12", and the other end: what people know it by.
    prefix = models.CharField(max_length=11)
    last_four = models.CharField(max_length=4)
    permissions = models.JSONField(default=list)
    #: Slugs of the popouts it is bound to; none: it is not bound.
    pages = models.JSONField(default=list)
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    #: Names the actor in the audit log; gives no rights.
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_page = models.CharField(max_length=80, blank=True)
    revoked_at = models.DateTimeField(null=True)
    #: Nobody where Lumio did it by itself.
    revoked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    revocation = models.CharField(max_length=20, choices=Revocation.choices, blank=True)
    revocation_note = models.CharField(max_length=200, blank=True)

    objects = PopoutTokenQuerySet.as_manager()

    # Filled in by `with_rights()`; None when the creator has left the account.
    creator_role: str | None
    creator_codes: list[str] | None

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at"], name="token_account_newest"),
            models.Index(fields=["account", "-revoked_at"], name="token_account_revoked"),
        ]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.label else f"…{self.last_four}"

    @property
    def hint(self) -> str:
        """How people are shown it."""
        return f"{self.prefix}…{self.last_four}"

    @property
    def listed(self) -> frozenset[Permission]:
        """What the token was made for, less any code that the catalogue has lost since."""
        return frozenset(code for code in Permission if code in self.permissions)

    @property
    def has_creator(self) -> bool:
        """Whether its creator is still in the account; a creator who left leaves nothing. Needs `with_rights()`."""
        return self.creator_role is not None

    @property
    def effective(self) -> frozenset[Permission]:
        """What the token may do now: what it lists, cut at what its creator may do now and at what the popouts that it
        is bound to can use. Needs `with_rights()`."""
        return self.listed & self.creators & usable(self.pages) - NEVER_BY_TOKEN

    @property
    def creators(self) -> frozenset[str]:
        """What its creator may do now. Needs `with_rights()`."""
        if self.creator_role is None:
            return frozenset()
        return Role(slug=self.creator_role, permissions=self.creator_codes).codes
