"""The Celery application: `celery -A lumio worker`, `celery -A lumio beat`."""

from __future__ import annotations

import gc
import os
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumio.settings")

from django.conf import settings

from lumio.lib.redact import mask_crashes


def broker_url(redis_url: str) -> str:
    """Celery's spelling of `REDIS_URL`: sockets are `redis+socket:///path?virtual_host=N`, the rest stays."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', '0')}"


app = Celery("lumio", broker=broker_url(settings.REDIS_URL))
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def look_around(**_: Any) -> None:
    """Before the first task. Celery has loaded the apps by now."""
    from lumio import checks

    mask_crashes()
    checks.at_start()
    # Beat is a fork of the worker: what both have loaded stays shared while no garbage collection goes through it.
    gc.collect()
    gc.freeze()


@beat_init.connect
def be_heard_of(**_: Any) -> None:
    """Beat counts as missing until it is heard of, and by itself it would send nothing before a period is over."""
    lives: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["beat-lives"]
    app.send_task(lives["task"], **lives["options"])
