"""What one may do in a platform's chat, and how much of it, as the platform declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connections.enums import Act

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Pace:
    """How fast one sender may write: so many messages in so many seconds, and seconds between two of them."""

    messages: int
    seconds: float
    between: float = 0.0


@dataclass(frozen=True)
class Timeouts:
    """How long a timeout may last, in seconds; the platform counts in whole `step`s of them."""

    shortest: int
    longest: int
    step: int = 1

    def fitting(self, seconds: int) -> int:
        """The nearest that the platform takes, rounded up to whole steps."""
        steps = -(-seconds // self.step) * self.step
        return max(self.shortest, min(steps, self.longest))


@dataclass(frozen=True)
class Chat:
    """A platform's chat. `longest` is in Unicode code points.

    `acts` has the scopes that the channel's sign-in needs for each act; an act that is not there cannot be done, and
    `lacks` says why.
    """

    longest: int
    pace: Pace
    acts: Mapping[Act, tuple[str, ...]]
    lacks: Mapping[Act, str | Promise] = field(default_factory=dict)
    timeouts: Timeouts | None = None
    #: How old a message may be that is to be deleted; None: any.
    deletes_within: timedelta | None = None


@dataclass(frozen=True)
class Profile:
    """What a platform tells about a viewer; None and "" where it does not."""

    created_at: datetime | None = None
    followed_at: datetime | None = None
    avatar_url: str = ""
    page_url: str = ""
