"""A pre-flight check as the page, both APIs and whoever was sent its address see it, in the language of the moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Finding, Group, Tone
from lumio.models import PreflightState
from lumio.preflight_checks import KINDS, NOT_CHECKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lumio.models import Preflight

WORST_FIRST = list(Tone)
ICONS = {Tone.GOOD: "circle-check", Tone.WARN: "triangle-alert", Tone.BAD: "circle-alert"}
WORDS = {Tone.GOOD: _("Good"), Tone.WARN: _("Look at it"), Tone.BAD: _("Broken")}
#: The tones as `<c-badge>` and `<c-banner>` call them.
BADGES = {Tone.GOOD: "ok", Tone.WARN: "warn", Tone.BAD: "bad"}


@dataclass(frozen=True)
class Line:
    """One finding. `action` leads to `url`, a path of the dashboard; both are empty where there is nothing to do."""

    group: Group
    subject: str
    code: str
    tone: Tone
    text: str
    action: str = ""
    url: str = ""

    @property
    def icon(self) -> str:
        return ICONS[self.tone]

    @property
    def badge(self) -> str:
        return BADGES[self.tone]

    @property
    def word(self) -> str:
        return str(WORDS[self.tone])


@dataclass(frozen=True)
class Shown:
    """A check with its lines, the worst of each group first."""

    row: Preflight
    lines: list[Line] = field(default_factory=list)

    @property
    def groups(self) -> list[tuple[Group, list[Line]]]:
        """Those with something to look at first."""
        found = [(group, lines) for group in Group if (lines := [line for line in self.lines if line.group == group])]
        return sorted(found, key=lambda one: WORST_FIRST.index(one[1][0].tone))

    @property
    def total(self) -> int:
        return len(self.row.results)

    @property
    def done(self) -> int:
        return sum(result is not None for result in self.row.results)

    @property
    def bad(self) -> int:
        return self._number(Tone.BAD)

    @property
    def warn(self) -> int:
        return self._number(Tone.WARN)

    @property
    def tone(self) -> Tone:
        """The worst there is."""
        return Tone.BAD if self.bad else Tone.WARN if self.warn else Tone.GOOD

    @property
    def badge(self) -> str:
        return BADGES[self.tone] if self.row.state == PreflightState.DONE else "neutral"

    @property
    def word(self) -> str:
        return str(WORDS[self.tone]) if self.row.state == PreflightState.DONE else gettext("Not finished")

    @property
    def summary(self) -> str:
        """How it stands, in a few words."""
        match self.row.state:
            case PreflightState.WAITING:
                return gettext("Waiting to begin")
            case PreflightState.RUNNING:
                return gettext("Checking: {done} of {total}").format(done=self.done, total=self.total)
            case PreflightState.LOST:
                return gettext("Not finished")
        number = self.bad + self.warn
        if not number:
            return gettext("Ready")
        return ngettext("{number} thing to look at", "{number} things to look at", number).format(number=number)

    def _number(self, tone: Tone) -> int:
        return sum(line.tone == tone for line in self.lines)


def shown(row: Preflight, *, hides: bool = False) -> Shown:
    """`hides` for whoever is not of the account: nothing to click, and nothing that is private."""
    lines = sorted(_lines(row, hides=hides), key=lambda line: WORST_FIRST.index(line.tone))
    return Shown(row, lines)


def _lines(row: Preflight, *, hides: bool) -> Iterator[Line]:
    for result in filter(None, row.results):
        for said in result["findings"]:
            # A code of another version says nothing that could be put into words.
            kind = KINDS.get(said["code"], NOT_CHECKED)
            finding = Finding(kind, said["params"])
            yield Line(
                group=Group(result["group"]),
                subject=finding.subject or result["subject"],
                code=kind.code,
                tone=kind.tone,
                text=finding.text(hides=hides),
                action="" if hides else str(kind.action),
                url="" if hides else finding.url,
            )


def as_api(row: Preflight) -> dict[str, Any]:
    """What `preflight_rest.PreflightOut` and `preflight_graph.Preflight` have fields for."""
    one = shown(row)
    return {
        "id": row.pk,
        "state": row.state.value,
        "tone": one.tone.value if row.state == PreflightState.DONE else None,
        "summary": one.summary,
        "by": row.by.display_name if row.by else "",
        "checks_total": one.total,
        "checks_done": one.done,
        "findings": [
            {
                "group": line.group.value,
                "subject": line.subject,
                "code": line.code,
                "tone": line.tone.value,
                "detail": line.text,
                "fix": line.url,
            }
            for line in one.lines
        ],
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "shared_until": row.shared_until if row.is_shared else None,
    }
