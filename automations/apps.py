from __future__ import annotations

from django.apps import AppConfig


class AutomationsConfig(AppConfig):
    name = "automations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.domain import deletion
        from automations.domain import commands, exported, triggers, uses  # models are not loaded before
        from automations.models import Run
        from automations.steps import KINDS
        from events.domain import consequences
        from events.enums import Kind
        from integrations.domain import dependents

        consequences.register(KINDS, triggers.on_events)
        # Nearly no message is a command: the others cost nothing, not even a savepoint.
        consequences.register(
            [Kind.CHAT_MESSAGE], triggers.on_chat, concerns=lambda row: bool(commands.command_of(row))
        )
        dependents.register(uses.of)
        exported.register()
        deletion.register(large=(Run,))
