"""Who may do what, changed inside of Lumio (`Lumio.inside`): the change alone takes time, not starting a process."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client

from accounts.authentication import actor_of_member
from accounts.domain import members, operators, roles, sessions
from accounts.models import Account, Member
from events.domain.publish import publish_local
from events.enums import Origin
from tests import factories
from tokens.domain import tokens
from tokens.models import PopoutToken

LIVE = frozenset({"events:read", "chat:read"})


def an_account() -> str:
    return str(factories.make_account(owner=factories.make_user(email=f"{uuid4().hex}@example.com")).pk)


def owners_token(account_id: str) -> str:
    """A popout token that its owner made."""
    actor = factories.make_actor(account=Account.objects.get(pk=account_id))
    return factories.make_token(actor=actor, permissions=LIVE)[1].reveal()


def follows(account_id: str, number: int) -> None:
    """So many people follow, one after the other."""
    for _ in range(number):
        publish_local(UUID(account_id), [factories.make_stream_event(external_id=uuid4().hex)], Origin.LIVE)


def somebody(account_id: str) -> dict[str, Any]:
    """A new member with a role of their own, who is signed in and made a popout token."""
    account = Account.objects.get(pk=account_id)
    user = factories.make_user(email=f"{uuid4().hex}@example.com")
    role = factories.make_role(account=account, permissions=LIVE | {"overlays:read"}, slug=uuid4().hex[:20])
    member = Member.objects.create(account=account, user=user, role=role)
    token, secret = factories.make_token(actor=actor_of_member(member), permissions=LIVE)
    browser = Client()
    browser.force_login(user)
    return {
        "account": account_id,
        "member": member.pk,
        "token_id": token.pk,
        "token": secret.reveal(),
        "cookie": browser.cookies[settings.SESSION_COOKIE_NAME].value,
    }


def revoke_token(person: dict[str, Any]) -> None:
    tokens.revoke(actor=_owner(person), token=PopoutToken.objects.get(pk=person["token_id"]))


def leave_the_token_chat(person: dict[str, Any]) -> None:
    _edit_token(person, ["chat:read"])


def leave_the_token_nothing_live(person: dict[str, Any]) -> None:
    _edit_token(person, ["overlays:read"])


def _edit_token(person: dict[str, Any], permissions: list[str]) -> None:
    tokens.change(actor=_owner(person), token=PopoutToken.objects.get(pk=person["token_id"]), permissions=permissions)


def give_another_role(person: dict[str, Any]) -> None:
    actor = _owner(person)
    role = factories.make_role(account=actor.account, permissions={"chat:read"}, slug=uuid4().hex[:20])
    members.change_role(actor=actor, member=_member(person), role=role)


def edit_the_role(person: dict[str, Any]) -> None:
    role = _member(person).role
    roles.change(actor=_owner(person), role=role, name=role.name, colour=role.colour, permissions=["chat:read"])


def remove_the_member(person: dict[str, Any]) -> None:
    members.remove(actor=_owner(person), member=_member(person))


def end_the_session(person: dict[str, Any]) -> None:
    sessions.end_all(user=_member(person).user)


def switch_the_person_off(person: dict[str, Any]) -> None:
    user = _member(person).user
    user.is_active = False
    operators.save_person(actor=_owner(person), person=user)


def _member(person: dict[str, Any]) -> Member:
    return Member.objects.select_related("account", "user", "role").get(pk=person["member"])


def _owner(person: dict[str, Any]) -> Any:
    return factories.make_actor(account=Account.objects.get(pk=person["account"]))
