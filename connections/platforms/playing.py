"""What a platform that plays music tells of it, and what it can be told to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from connections.platforms.failures import PlatformFailure

if TYPE_CHECKING:
    from lumio.lib.secrets import Secret


class Command(StrEnum):
    """What a player can be told in a word."""

    PLAY = "play"
    PAUSE = "pause"
    NEXT = "next"
    PREVIOUS = "previous"


class ItemKind(StrEnum):
    TRACK = "track"
    EPISODE = "episode"
    AD = "ad"
    #: Something that the platform does not name.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """What plays. Texts are "" and `duration_ms` None where the platform does not tell."""

    kind: ItemKind
    title: str = ""
    #: The artists, or the show.
    subtitle: str = ""
    image: str = ""
    duration_ms: int | None = None
    link: str = ""
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """`id` is "" for one that cannot be addressed, `volume` 0 to 100 or None where nobody knows."""

    id: str
    name: str
    type: str = ""
    volume: int | None = None
    can_volume: bool = True
    is_active: bool = True
    is_private: bool = False
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Playback:
    """`refuses` are the commands that the player would not take now."""

    is_playing: bool
    item: Item | None = None
    progress_ms: int | None = None
    device: Device | None = None
    refuses: frozenset[Command] = frozenset()


class Player(ABC):
    """The calls, each with an access token. All raise PlatformFailure."""

    #: The rights without which nothing can be read, and nothing told.
    to_read: ClassVar[frozenset[str]]
    to_control: ClassVar[frozenset[str]]

    @abstractmethod
    def playback(self, token: Secret) -> Playback | None:
        """What plays; None where nothing does."""

    @abstractmethod
    def devices(self, token: Secret) -> list[Device]:
        """Where it could play."""

    @abstractmethod
    def tell(self, command: Command, token: Secret) -> None:
        """Have the active device do something. The effect shows after a moment."""

    @abstractmethod
    def set_volume(self, percent: int, token: Secret) -> None: ...

    @abstractmethod
    def move_to(self, device_id: str, token: Secret) -> None:
        """Go on playing, or paused, on another device."""


class NoActiveDevice(PlatformFailure):
    code = "no_active_device"
    status = 409
    sentence = _(
        "No device is playing {platform} right now. Open {platform} on a phone or a computer, or choose a device here."
    )


class DeviceGone(PlatformFailure):
    code = "device_gone"
    status = 409
    sentence = _("That device is no longer there. Open {platform} on it, or choose another one.")


class PremiumNeeded(PlatformFailure):
    code = "premium_needed"
    status = 409
    sentence = _(
        "{platform} lets only accounts with Premium be controlled from here. What plays is shown all the same."
    )


class NotNow(PlatformFailure):
    """Harmless: the player has nothing to do, or its list does not allow it. `why` is a sentence."""

    code = "not_now"
    status = 409
    sentence = _("{platform} did not do that. {why}")
