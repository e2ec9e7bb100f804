"""`make chaos`: five minutes under load in which everything dies again and again, and the count of what that cost."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time

import tests.environment  # noqa: F401  keys and a var folder of its own, before Django reads its settings

os.environ["DJANGO_SETTINGS_MODULE"] = "lumio.settings"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long (300)")
    parser.add_argument("--seed", type=int, help="of an earlier run, to strike the same again at the same times")
    options = parser.parse_args()
    from tests.chaos.report import table
    from tests.chaos.run import run

    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    outcome = run(
        seed=seed,
        seconds=options.seconds,
        say=lambda line: print(f"{time.monotonic() - began:6.1f} s  {line}", flush=True),
    )
    print(table(outcome))
    print(f"seed {seed}")
    return 1 if outcome.losses or outcome.doubles else 0


if __name__ == "__main__":
    sys.exit(main())
