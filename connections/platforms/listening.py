"""What a platform needs to hold a live connection. Handed in, so that platforms know neither models nor domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from connections.platforms.metering import Meter
    from lumio.lib.secrets import Secret


class Access(Protocol):
    """What one call needs. `version` tells which token it was, `channel_id` whose: an `Identity.id`.

    `meter` counts what the app spends.
    """

    @property
    def token(self) -> Secret: ...

    @property
    def client_id(self) -> str: ...

    @property
    def channel_id(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def meter(self) -> Meter: ...


class Grant(Protocol):
    """The grant a source listens with. Ask for access before each operation and forget it afterwards.

    `access` and `refused` raise a Refusal while there is no working token; its code says why.
    """

    @property
    def scopes(self) -> Collection[str]:
        """What was granted; the source is started anew when that changes."""

    async def client_id(self) -> str:
        """The id of the app, also while there is no working token. Raises a Refusal."""

    async def access(self) -> Access:
        """A token that works for the next minute."""

    async def refused(self, version: int) -> Access:
        """After a 401: a newer token than the one of that version."""

    async def lost(self, code: str, params: dict[str, Any]) -> None:
        """The platform took the grant back; `code` is one of `platforms.failures`."""
