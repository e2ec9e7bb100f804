from __future__ import annotations

import uuid

from django.db import models


class KeyCanary(models.Model):
    """A known text under one of the keys: whoever cannot read it must not write, and cannot read the secrets either."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The key's name in LUMIO_ENCRYPTION_KEYS.
    name = models.TextField(unique=True)
    sealed = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
