"""What a chaos run says at its end."""

from __future__ import annotations

from tests.chaos.count import Tally
from tests.chaos.run import Outcome
from tests.chaos.strikes import Blow

#: So many losses and doubles are told in words.
MOST_WORDS = 40


def table(outcome: Outcome) -> str:
    """Whom what befell, what was owed and found, and every loss and double in words."""
    lines = ["", f"{'':30}" + "".join(f"{blow:>14}" for blow in Blow) + f"{'fell by itself':>16}"]
    for victim in outcome.victims:
        suffered = "".join(f"{victim.suffered[blow]:14}" for blow in Blow)
        lines.append(f"{victim.name:30}{suffered}{victim.fell:16}")
    lines += ["", f"{'':36}{'owed':>8}{'found':>8}{'in gaps':>24}{'lost':>8}{'doubled':>8}"]
    lines += [
        f"{tally.name:36}{tally.owed:8}{tally.found:8}{_gaps(tally):>24}{len(tally.lost):8}{len(tally.doubled):8}"
        for tally in outcome.tallies
    ]
    problems = [*outcome.losses, *outcome.doubles]
    lines += ["", *problems[:MOST_WORDS]]
    if len(problems) > MOST_WORDS:
        lines.append(f"… and {len(problems) - MOST_WORDS} more")
    lines.append(f"{len(outcome.losses)} lost, {len(outcome.doubles)} doubled")
    return "\n".join(lines)


def _gaps(tally: Tally) -> str:
    """As `12 in 3 (8 s)`: what is missing in how many gaps, and how long they last together."""
    seconds = sum(until - since for since, until in tally.gaps)
    return f"{tally.in_gaps} in {len(tally.gaps)} ({seconds:.0f} s)" if tally.gaps else "0"
