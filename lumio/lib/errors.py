"""What cannot be done, said once: a stable code for programs and a sentence for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

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

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return str(self.sentence).format(**self.params)

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code
