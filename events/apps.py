from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import rights
        from accounts.domain import deletion, streamer_mode
        from events.domain import exported, sources, status
        from events.domain.rights import bump
        from events.models import ChatLine, Event, Viewer

        rights.register_listener(bump)
        streamer_mode.register_live_check(status.is_live)
        exported.register()
        deletion.register(stop=sources.remove_all, large=(ChatLine, Event, Viewer))
