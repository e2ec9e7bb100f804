"""What came of trying to reach a tool, the last ten times. Written by a person's test and by the connections alike."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from integrations.domain import notices
from integrations.enums import Trigger
from integrations.models import Integration, IntegrationResult
from lumio.lib.labels import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from integrations.tools.failures import ToolFailure
    from integrations.tools.link import Found

#: Of a version, and of each thing that the sentence of a failure names: tools say what they like.
VERSION_LENGTH = IntegrationResult._meta.get_field("version").max_length
PARAM_LENGTH = 300
#: The columns of a result beside its integration, which has none, or several rows of them.
RESULT = [field.attname for field in IntegrationResult._meta.concrete_fields]
COLUMNS = {f"result_{name}": F(f"results__{name}") for name in RESULT} | {
    "by_name": F("results__by__name"),
    "by_email": F("results__by__email"),
}


@transaction.atomic
def record(
    integration_id: UUID,
    *,
    trigger: Trigger,
    found: Found | None = None,
    failure: ToolFailure | None = None,
    by: User | None = None,
) -> None:
    """Write down either what was `found` or the `failure`, and tell open pages.

    With trigger LINK, what says the same as the newest result is left out: a connection that comes and goes must not
    push out what people tested. Nothing is written for an integration that is not there any more.
    """
    row = Integration.objects.select_for_update(no_key=True).filter(pk=integration_id).first()
    if row is None:
        return
    result = IntegrationResult(integration=row, trigger=trigger, by=by, **_of_found(found), **_of_failure(failure))
    results = IntegrationResult.objects.filter(integration=row).order_by("-pk")
    if trigger == Trigger.LINK and _says(results.first()) == _says(result):
        return
    result.save()
    results.filter(pk__in=list(results.values_list("pk", flat=True)[IntegrationResult.KEPT :])).delete()
    notices.integration_tried(row)


def latest(integration_ids: Iterable[UUID]) -> dict[UUID, list[IntegrationResult]]:
    """The results of each, the newest first. One query."""
    found: dict[UUID, list[IntegrationResult]] = defaultdict(list)
    rows = IntegrationResult.objects.filter(integration__in=list(integration_ids)).select_related("by", "integration")
    for row in rows.order_by("-pk"):
        found[row.integration_id].append(row)
    return found


def beside(rows: QuerySet[Integration]) -> list[tuple[Integration, list[IntegrationResult]]]:
    """The oldest integration first, each with its results, of which the newest is first. One query for all of it."""
    found: dict[UUID, tuple[Integration, list[IntegrationResult]]] = {}
    both: QuerySet[Any] = rows.annotate(**COLUMNS)
    for row in both.order_by("created_at", "pk", "-results__pk"):
        integration, its = found.setdefault(row.pk, (row, []))
        values = {name: getattr(row, f"result_{name}") for name in RESULT}
        if values["id"] is not None:
            result = IntegrationResult(**values)
            result.integration = integration
            result.by = User(pk=result.by_id, name=row.by_name, email=row.by_email) if result.by_id else None
            its.append(result)
    return list(found.values())


def _of_found(found: Found | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "version": one_line(found.version)[:VERSION_LENGTH],
        "latency_ms": found.latency_ms,
        "actions": found.actions,
        "is_protected": found.is_protected,
    }


def _of_failure(failure: ToolFailure | None) -> dict[str, Any]:
    if failure is None:
        return {}
    params = {name: one_line(str(value))[:PARAM_LENGTH] for name, value in failure.params.items()}
    return {"failure_code": failure.code, "failure_params": params}


def _says(result: IntegrationResult | None) -> tuple[Any, ...] | None:
    if result is None:
        return None
    return (result.failure_code, result.failure_params, result.version, result.is_protected)
