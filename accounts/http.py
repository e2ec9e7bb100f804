"""The request as a gated view sees it."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.actor import Actor
from accounts.models import User


class ActorRequest(HttpRequest):
    """A request that came through a `page` or `popout` gate."""

    actor: Actor


class PersonRequest(HttpRequest):
    """A request that came through the `person` gate."""

    user: User
