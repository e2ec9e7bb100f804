"""An OBS or a Streamer.bot as both APIs show it: never with its password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations.domain.integrations import Listed
    from integrations.models import IntegrationResult


def shown(listed: Listed) -> dict[str, Any]:
    """What `integration_rest.IntegrationOut` and `integration_graph.Integration` have fields for."""
    row = listed.row
    return {
        "id": row.pk,
        "tool": row.tool,
        "label": row.label,
        "is_enabled": row.is_enabled,
        "route": row.route,
        "host": row.host,
        "port": row.port,
        "endpoint": row.endpoint,
        "has_password": row.has_password,
        "takes_events": row.takes_events,
        "state": listed.state,
        "version": listed.link.get("version", "") if listed.link and listed.is_connected else "",
        "latency_ms": listed.link.get("latency_ms") if listed.link and listed.is_connected else None,
        "is_protected": not listed.is_open_to_anybody if listed.is_connected else None,
        "failure_code": listed.failure.code if listed.failure else "",
        "trouble": listed.trouble,
        "used_by": listed.used_by,
        "results": [shown_result(result) for result in listed.results],
        "created_at": row.created_at,
    }


def shown_result(result: IntegrationResult) -> dict[str, Any]:
    return {
        "at": result.at,
        "trigger": result.trigger,
        "is_success": not result.failure_code,
        "detail": result.sentence,
        "failure_code": result.failure_code,
        "version": result.version,
        "latency_ms": result.latency_ms,
        "actions": result.actions,
    }
