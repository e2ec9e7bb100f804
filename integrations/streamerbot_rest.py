"""REST: Streamer.bot's actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from integrations.domain import actions
from integrations.streamerbot_forms import RunInput
from integrations.tools.failures import (
    ActionGone,
    ActionOff,
    NoAnswer,
    NoBridge,
    NotConnected,
    OutcomeUnknown,
    Refused,
    SwitchedOff,
)

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

UNREACHED = (SwitchedOff, NotConnected, NoBridge, OutcomeUnknown, Refused)


class ActionOut(serializers.Serializer):
    """An action of Streamer.bot. Names are not unique and may change, ids stay."""

    id = serializers.CharField()
    name = serializers.CharField()
    group = serializers.CharField(help_text="Empty for one without a group.")
    is_enabled = serializers.BooleanField(help_text="One that is not enabled does not run.")


class ActionList(ApiView):
    gates: ClassVar = {"GET": Permission.SETTINGS_READ}
    limits: ClassVar = {"GET": throttle.STREAMERBOT_LISTS}
    refusals: ClassVar = {"GET": (*UNREACHED, NoAnswer)}

    @extend_schema(responses=ActionOut(many=True))
    def get(self, request: Request, streamerbot_id: UUID) -> Response:
        """The actions that a Streamer.bot has now."""
        row = actions.get(self.actor, streamerbot_id, Permission.SETTINGS_READ)
        found = actions.listing(actor=self.actor, integration=row)
        return envelope(request, ActionOut(found, many=True).data)


class ActionRun(ApiView):
    gates: ClassVar = {"POST": Permission.OBS_EDIT}
    limits: ClassVar = {"POST": throttle.STREAMERBOT_RUNS}
    refusals: ClassVar = {"POST": (*UNREACHED, actions.BadArguments, ActionGone, ActionOff)}

    @extend_schema(request=RunInput, responses={204: None})
    def post(self, request: Request, streamerbot_id: UUID, action_id: str) -> Response:
        """Have a Streamer.bot run an action: 204 once it is queued there. When it has run, nobody tells."""
        row = actions.get(self.actor, streamerbot_id, Permission.OBS_EDIT)
        arguments = sent(RunInput, request)["arguments"]
        actions.run(actor=self.actor, integration=row, action_id=action_id, arguments=arguments)
        return Response(status=204)
