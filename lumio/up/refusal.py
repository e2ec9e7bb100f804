from __future__ import annotations


class Refusal(SystemExit):
    """Lumio cannot start: ends the process with exit code 1 and a sentence that says what happened and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Lumio cannot start: {sentence}")
