from __future__ import annotations

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.domain import deletion
        from events.ingest.base import register_sources
        from events.states import register_state
        from integrations import obs_ingest, streamerbot_ingest  # models are not loaded before
        from integrations.domain import exported, integrations, notices, obs
        from integrations.ingest import wanted_sources

        register_sources(wanted_sources)
        register_sources(obs_ingest.wanted_sources)
        register_sources(streamerbot_ingest.wanted_sources)
        register_state("obs", obs.messages)
        notices.register()
        exported.register()
        deletion.register(stop=integrations.remove_all)
