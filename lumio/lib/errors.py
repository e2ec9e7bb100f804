"""What cannot be done, said once: a stable code for programs and a sentence for people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """A request that is understood and refused. Every door shows it in its own form.

    Subclasses set `code` (stable, for programs), `status` (HTTP) and `sentence` (what happened and what to do, with
    `{named}` places that keyword arguments fill). Stored failures keep `code` and `params`, never the sentence.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    sentence: ClassVar[str | Promise] = _("This cannot be done.")

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return str(self.sentence).format(**self.params)

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code
