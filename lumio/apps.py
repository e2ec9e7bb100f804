from __future__ import annotations

from django.apps import AppConfig


class LumioConfig(AppConfig):
    name = "lumio"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        from automations.domain import nudges
        from connections import parts
        from integrations import integration_section, section
        from lumio import checks, exported

        pre_migrate.connect(checks.before_migrating, sender=self)
        post_migrate.connect(checks.remember_key, sender=self)
        nudges.register(_have_run)
        exported.register()
        parts.register(parts.Part(integration_section.TEMPLATE, integration_section.context))
        parts.register(parts.Part(section.TEMPLATE, section.context))


def _have_run(run_id: int, after: float) -> None:
    """Tell a worker of a run of an automation. What no worker has taken within a minute, the sweep has found."""
    from lumio.celery import app  # a dozen MiB, which most processes never need

    app.send_task("automations.tasks.work", [run_id], countdown=after, expires=after + 60, retry=False)
