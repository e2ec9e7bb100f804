"""REST: pre-flight checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Time, envelope
from accounts.domain.findings import Group, Tone
from accounts.enums import Permission
from accounts.gates import ApiView
from lumio import preflight
from lumio.models import PreflightState
from lumio.preflight_shown import as_api

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class FindingOut(serializers.Serializer):
    """What one check found of one thing."""

    group = serializers.CharField(help_text=f"{', '.join(Group)}.")
    subject = serializers.CharField(
        help_text="Of what: a platform, a tool, an overlay. Empty where the detail says it."
    )
    code = serializers.CharField(help_text="Stable, for programs.")
    tone = serializers.CharField(help_text=f"{', '.join(Tone)}.")
    detail = serializers.CharField(help_text="The same in words: what is wrong, and what helps.")
    fix = serializers.CharField(help_text="Path of the page where it is mended; empty where all is well.")


class PreflightOut(serializers.Serializer):
    """A look at everything before a stream begins."""

    id = serializers.UUIDField()
    state = serializers.CharField(
        help_text=f"{', '.join(PreflightState)}. lost: no worker took it within a minute, or the one that did is gone."
    )
    tone = serializers.CharField(allow_null=True, help_text="The worst that was found; null until it is done.")
    summary = serializers.CharField(help_text="How it stands, in a few words.")
    by = serializers.CharField(help_text="Who started it; empty for somebody who is gone.")
    checks_total = serializers.IntegerField(help_text="0 until it has begun.")
    checks_done = serializers.IntegerField()
    findings = FindingOut(many=True, help_text="So far, the worst first.")
    created_at = Time()
    ended_at = Time(allow_null=True)
    shared_until = Time(allow_null=True, help_text="Until when its shared address can be read.")


class SharedOut(serializers.Serializer):
    """Where anybody can read a check."""

    address = serializers.CharField(help_text="Told this once.")
    shared_until = Time()


class PreflightList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ, "POST": Permission.CONNECTIONS_EDIT}
    limits: ClassVar = {"POST": throttle.PREFLIGHTS}

    @extend_schema(responses=PreflightOut(many=True))
    def get(self, request: Request) -> Response:
        """The last ten checks, newest first."""
        found = [as_api(row) for row in preflight.listing(self.actor)]
        return envelope(request, PreflightOut(found, many=True).data)

    @extend_schema(request=None, responses={202: PreflightOut})
    def post(self, request: Request) -> Response:
        """Check everything, or answer with the check that is under way. What it finds, `/v1/preflight/{id}` says."""
        row = preflight.start(self.actor)
        location = reverse("rest_preflight", args=[row.pk])
        body = {"data": PreflightOut(as_api(row)).data, "_links": {"self": location}}
        return Response(body, status=202, headers={"Location": location})


class PreflightDetail(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=PreflightOut)
    def get(self, request: Request, preflight_id: UUID) -> Response:
        """One check, and what it has found so far."""
        return envelope(request, PreflightOut(as_api(preflight.get(self.actor, preflight_id))).data)


class PreflightShare(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT, "DELETE": Permission.CONNECTIONS_EDIT}
    refusals: ClassVar = {"POST": (Http404, preflight.NotDone), "DELETE": (Http404,)}

    @extend_schema(request=None, responses=SharedOut)
    def post(self, request: Request, preflight_id: UUID) -> Response:
        """Let whoever has the address read it for a day. An older address of it opens nothing any more."""
        row, address = preflight.share(self.actor, preflight_id)
        shared = {"address": address.reveal(), "shared_until": row.shared_until}
        return envelope(request, SharedOut(shared).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, preflight_id: UUID) -> Response:
        """Have the address open nothing any more."""
        preflight.unshare(self.actor, preflight_id)
        return Response(status=204)
