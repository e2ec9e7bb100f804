from __future__ import annotations

import uuid
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account, User


class KeyCanary(models.Model):
    """A known text under one of the keys: whoever cannot read it must not write, and cannot read the secrets either."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The key's name in LUMIO_ENCRYPTION_KEYS.
    name = models.TextField(unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class PreflightState(StrEnum):
    """How far a pre-flight check is. LOST: no worker took it, or the one that did is gone."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    LOST = "lost"


class Preflight(models.Model):
    """A look at everything before a stream begins. The last ten of an account are kept.

    `results` has what each check found, in their order: {"group", "subject", "findings": [{"code", "params"}]}; null
    for a check that is still under way.
    """

    KEPT: ClassVar = 10
    #: A worker takes it within this time, or none does; and it is over within this time, or the worker is gone.
    TAKEN_WITHIN: ClassVar = timedelta(minutes=1)
    LEASE: ClassVar = timedelta(minutes=3)
    #: After so long people are told that no worker has taken it yet.
    LATE_AFTER: ClassVar = timedelta(seconds=15)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    results = models.JSONField(default=list)
    #: Of the code in the address at which anybody reads it, and until when; null for one that is not shared.
    share_digest = models.CharField(max_length=64, unique=True, null=True)
    shared_until = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="preflight_newest")]

    def __str__(self) -> str:
        return f"pre-flight check of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> PreflightState:
        if self.ended_at is not None:
            return PreflightState.DONE
        since, patience = (self.begun_at, self.LEASE) if self.begun_at else (self.created_at, self.TAKEN_WITHIN)
        if since + patience <= timezone.now():
            return PreflightState.LOST
        return PreflightState.RUNNING if self.begun_at else PreflightState.WAITING

    @property
    def is_under_way(self) -> bool:
        return self.state in (PreflightState.WAITING, PreflightState.RUNNING)

    @property
    def is_late(self) -> bool:
        """Whether it waits for a worker for longer than it should."""
        return self.state == PreflightState.WAITING and self.created_at + self.LATE_AFTER <= timezone.now()

    @property
    def is_shared(self) -> bool:
        return self.shared_until is not None and self.shared_until > timezone.now()
