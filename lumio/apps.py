from __future__ import annotations

from django.apps import AppConfig


class LumioConfig(AppConfig):
    name = "lumio"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from connections import parts
        from integrations import section
        from lumio import checks

        pre_migrate.connect(checks.before_migrating, sender=self)
        post_migrate.connect(checks.remember_key, sender=self)
        parts.register(parts.Part(section.TEMPLATE, section.context))
