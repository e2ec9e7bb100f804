from __future__ import annotations

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from events.ingest.base import register_sources
        from integrations.domain import exported, notices  # models are not loaded before
        from integrations.ingest import wanted_sources

        register_sources(wanted_sources)
        notices.register()
        exported.register()
