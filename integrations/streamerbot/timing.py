"""How long a conversation with Streamer.bot waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from events.ingest.timing import SourceTiming


@dataclass(frozen=True, slots=True)
class Timing(SourceTiming):
    """Seconds."""

    #: From the open socket to the list of actions.
    greeting: float = 5.0
    #: For the answer to the first question, which a version that insists on a password may leave unanswered.
    probe: float = 2.0
    #: For a Hello that comes after the answer to that question.
    late_hello: float = 1.0
    answer: float = 5.0
    #: Between two looks at whether it still answers.
    health: float = 15.0
