"""What cannot be done, said once: a stable code for programs and a sentence for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refusal(Exception):
    """A request that is understood and refused. Every door shows it in its own form.

    Subclasses set `code` (stable, for programs), `status` (HTTP) and `sentence` (what happened and what to do, with
    `{named}` places that keyword arguments fill). Stored failures keep `code` and `params`, never the sentence.
    `headers` go with the answer over HTTP.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    sentence: ClassVar[str | Promise] = _("This cannot be done.")

    headers: Mapping[str, str] = MappingProxyType({})
    #: Seconds to wait; None where waiting is not what helps or nobody knows.
    retry_after: float | None = None

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return str(self.sentence).format(**self.params)

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class DatabaseAway(Refusal):
    """The database is locked, has no connection left, or cannot be reached. It passes."""

    code = "database_away"
    status = 503
    sentence = _("The database does not answer at the moment. Try again in a few seconds.")
    headers = MappingProxyType({"Retry-After": "5"})


def is_away(error: BaseException | None) -> bool:
    """Whether this is the database being away. SQLite also says so of what is missing in it, which does not pass."""
    return isinstance(error, (OperationalError, InterfaceError)) and "no such " not in str(error)
