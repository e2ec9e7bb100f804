from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account, Member, User


class PopoutToken(models.Model):
    """A secret in a URL that opens unattended pages. Only its digest is kept; what it may do is worked out at each use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="popout_tokens")
    label = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    last_four = models.CharField(max_length=4)
    permissions = models.JSONField(default=list)
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    #: Names the actor in the audit log; gives no rights.
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_page = models.CharField(max_length=80, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="token_account_newest")]

    def __str__(self) -> str:
        return f"{self.label} (…{self.last_four})" if self.label else f"…{self.last_four}"
