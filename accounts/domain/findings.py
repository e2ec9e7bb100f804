"""What a pre-flight check finds. Each app says in its `domain/preflight.py` what it checks and which KINDS of findings
there are; `lumio.preflight` runs the checks, keeps what they find as codes and params, and puts it into words later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Params = Mapping[str, Any]

#: Params that only people of the account may read: where something is, and what others said word for word.
PRIVATE = frozenset({"address", "host", "redirect_uri", "reason"})
#: Params that are moments, ISO 8601.
MOMENTS = frozenset({"at", "until"})
HIDDEN = "…"


class Tone(StrEnum):
    """How a finding is drawn, the worst first."""

    BAD = "bad"
    WARN = "warn"
    GOOD = "good"


class Group(TextChoices):
    """The headings that findings stand below, in this order."""

    CONNECTIONS = "connections", _("Platforms")
    BOTS = "bots", _("Bots")
    TIPS = "tips", _("Tips")
    TOOLS = "tools", _("OBS and Streamer.bot")
    OVERLAYS = "overlays", _("Overlays and alerts")
    PAGES = "pages", _("Open pages")
    LUMIO = "lumio", _("Lumio itself")


def at(page: str, *named: str, part: str = "") -> Callable[[Params], str]:
    """Where a finding is mended: the page of that name. `named` are the params that its address takes, and `part` is a
    part of the page, with places that params fill."""

    def url(params: Params) -> str:
        address = reverse(page, args=[params[name] for name in named])
        return f"{address}#{part.format(**params)}" if part else address

    return url


def _nothing(params: Params) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class Kind:
    """One sort of finding.

    `code` is stored and never changes. `sentence` has `{named}` places that the params fill, and what `words` makes of
    them in the language of the moment. `action` is the button that leads to `url(params)`, a path of the dashboard;
    both are there unless all is well. `subject` says, with places as well, what it is about where the check does not.
    """

    code: str
    tone: Tone
    sentence: str | Promise
    action: str | Promise = ""
    url: Callable[[Params], str] | None = None
    words: Callable[[Params], Mapping[str, str]] = _nothing
    subject: str | Promise = ""

    def found(self, **params: Any) -> Finding:
        return Finding(self, params)


@dataclass(frozen=True)
class Finding:
    """What one check found of one thing. `params` are JSON."""

    kind: Kind
    params: Params = field(default_factory=dict)

    def text(self, *, hides: bool = False) -> str:
        """The sentence. `hides` leaves out what is for people of the account alone."""
        return self._filled(self.kind.sentence, _without_private(self.params) if hides else self.params)

    @property
    def subject(self) -> str:
        """What it is about; empty where the check says it."""
        return self._filled(self.kind.subject, self.params)

    @property
    def url(self) -> str:
        return self.kind.url(self.params) if self.kind.url else ""

    def _filled(self, text: str | Promise, params: Params) -> str:
        shown = {name: _shown(name, value) for name, value in params.items()}
        return str(text).format(**shown, **self.kind.words(params)).strip()


@dataclass(frozen=True, eq=False)
class Check:
    """One thing to look at. `subject` is its name for people. `look` may ask others, take its time and raise."""

    group: Group
    subject: str
    look: Callable[[], list[Finding]]


def _without_private(params: Params) -> dict[str, Any]:
    """Failures lie one level deeper."""
    hidden = {name: HIDDEN if name in PRIVATE else value for name, value in params.items()}
    return {name: _without_private(value) if isinstance(value, dict) else value for name, value in hidden.items()}


def _shown(name: str, value: Any) -> Any:
    """A moment and a number as people write them in the language of the moment."""
    if name in MOMENTS:
        return _moment(value)
    return number_format(value, force_grouping=True) if isinstance(value, int) else value


def _moment(text: str) -> str:
    at = timezone.localtime(datetime.fromisoformat(text))
    return date_format(at, "TIME_FORMAT" if at.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")
