from __future__ import annotations

from django.apps import AppConfig


class LumioConfig(AppConfig):
    name = "lumio"
