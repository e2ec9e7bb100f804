from __future__ import annotations

from django.apps import AppConfig


class OverlaysConfig(AppConfig):
    name = "overlays"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.domain import deletion
        from events.domain import consequences
        from events.states import register_state
        from integrations.domain import dependents
        from overlays.domain import (  # models are not loaded before
            counting,
            exported,
            panic,
            queue,
            states,
            told,
            uploads,
        )
        from overlays.layers import ALERTS
        from overlays.models import Alert

        consequences.register(ALERTS, queue.enqueue)
        consequences.register(counting.KINDS, counting.count)
        register_state("alerts", told.messages)
        register_state("overlay", states.messages)
        dependents.register(panic.uses)
        exported.register()
        deletion.register(farewell=uploads.remove_all, large=(Alert,))
