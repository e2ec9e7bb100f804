"""`python -m tests.connections.sweeper`: a worker that does nothing but sweep, again and again, until it is killed."""

from __future__ import annotations

import time


def main() -> None:
    import django

    django.setup()
    from connections.domain import refresh

    print("ready", flush=True)
    while True:
        refresh.refresh_due()
        time.sleep(0.05)


if __name__ == "__main__":
    main()
