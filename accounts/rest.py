"""REST: who the caller is, what they change about themselves, and the accounts they are a member of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import switching
from accounts.answers import envelope
from accounts.authentication import actor_of_member, memberships_of
from accounts.domain import people
from accounts.gates import ANY_MEMBER, ApiView
from accounts.person_forms import MeInput, change_me

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class AccountOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class PersonOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="Empty without one of their own.")
    email = serializers.EmailField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    hour_cycle = serializers.CharField()
    row_times = serializers.CharField(help_text="How exact times in chat and feeds are: minutes, seconds or none.")
    streamer_mode = serializers.CharField(help_text="off, on, or auto: by itself while a channel is live.")
    wants_mail = serializers.BooleanField(help_text="Whether notifications come by mail too, where Lumio sends mail.")


class MeOut(serializers.Serializer):
    """The caller. A popout token learns no more of its person than the name the team sees."""

    account = AccountOut()
    display_name = serializers.CharField(allow_null=True)
    role = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="session or popout_token.")
    token_id = serializers.UUIDField(allow_null=True, help_text="Of the popout token.")
    pages = serializers.ListField(
        child=serializers.CharField(),
        help_text="Slugs of the popouts that the token is bound to; none: it is not bound.",
    )
    permissions = serializers.ListField(child=serializers.CharField(), help_text="What the caller may do now.")
    person = PersonOut(allow_null=True)
    hides = serializers.BooleanField(help_text="Whether pages hide ids and addresses now (streamer mode).")


class MembershipOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="The account's.")
    name = serializers.CharField()
    role = serializers.CharField()
    current = serializers.BooleanField(help_text="Whether this session works in it.")


def memberships_json(request: Any, current: UUID) -> list[dict[str, Any]]:
    """Every account of the signed-in person, the oldest membership first."""
    return [
        {
            "id": member.account_id,
            "name": member.account.name,
            "role": member.role.label,
            "current": member.account_id == current,
        }
        for member in memberships_of(request)
    ]


class Me(ApiView):
    gates: ClassVar = {"GET": ANY_MEMBER, "PUT": ANY_MEMBER}
    refusals: ClassVar = {"PUT": (people.PersonNeeded,)}

    @extend_schema(responses=MeOut)
    def get(self, request: Request) -> Response:
        """Who the caller is, in which account and role, and what they may do now."""
        return envelope(request, MeOut(people.seen(self.actor)).data)

    @extend_schema(request=MeInput, responses=MeOut)
    def put(self, request: Request) -> Response:
        """Change one's own name, language, clock, streamer mode and mail. Signed in only."""
        change_me(self.actor, request.data)
        return envelope(request, MeOut(people.seen(self.actor)).data)


class AccountList(ApiView):
    gates: ClassVar = {"GET": ANY_MEMBER}
    refusals: ClassVar = {"GET": (people.PersonNeeded,)}

    @extend_schema(responses=MembershipOut(many=True))
    def get(self, request: Request) -> Response:
        """The accounts one is a member of. Signed in only."""
        people.in_person(self.actor)
        data = memberships_json(request._request, self.actor.account.pk)
        return envelope(request, MembershipOut(data, many=True).data)


class Switch(ApiView):
    gates: ClassVar = {"POST": ANY_MEMBER}
    refusals: ClassVar = {"POST": (people.PersonNeeded,)}

    @extend_schema(request=None, responses=MeOut)
    def post(self, request: Request, account_id: UUID) -> Response:
        """Work in another of one's accounts from now on, in this session. Signed in only."""
        people.in_person(self.actor)
        member = switching.choose(request._request, account_id)
        return envelope(request, MeOut(people.seen(actor_of_member(member))).data)
