from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import social
        from accounts.domain import deletion
        from connections import ingest, music_ingest  # models are not loaded before
        from connections.domain import exported, notices, players, removal, switches
        from connections.models import ChatOrder, ViewerNote
        from connections.platforms import PLATFORMS
        from connections.platforms.base import Section
        from events.ingest.base import register_sources
        from events.platforms import register_platforms
        from events.states import register_state

        register_platforms(slug for slug, platform in PLATFORMS.items() if platform.section == Section.STREAMING)
        register_sources(ingest.wanted_sources)
        register_sources(music_ingest.wanted_sources)
        register_state("music", players.messages)
        notices.register()
        exported.register()
        deletion.register(farewell=removal.remove_all, large=(ChatOrder, ViewerNote))
        social.register_switches(switches.logins_off)
