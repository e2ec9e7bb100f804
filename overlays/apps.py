from __future__ import annotations

from django.apps import AppConfig


class OverlaysConfig(AppConfig):
    name = "overlays"
    default_auto_field = "django.db.models.BigAutoField"
