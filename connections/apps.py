from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import social
        from connections.domain import notices, switches  # models are not loaded before
        from connections.ingest import wanted_sources
        from events.ingest.base import register_sources

        register_sources(wanted_sources)
        notices.register()
        social.register_switches(switches.logins_off)
