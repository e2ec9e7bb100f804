"""People, credentials and grants, put into a process set's own database (`Lumio.inside` runs this there)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.authentication import actor_of_member
from accounts.models import Account, Member, User
from connections.domain import webhooks
from connections.domain.refresh import refresh_due
from connections.enums import Purpose
from connections.models import Connection
from events.domain.rights import bump
from integrations.domain import tokens
from tests import factories
from tests.fakes import cast

EMAIL = "ada@example.com"
PERMISSIONS = frozenset({"events:read", "chat:read"})


def set_stage(*grants: dict[str, Any]) -> list[dict[str, str]]:
    """An account for each grant (`user` and what the token endpoint answered), and a token of its owner."""
    return [_account(number, **grant) for number, grant in enumerate(grants)]


def _somebody() -> User:
    """A person of their own address, whichever process makes them."""
    return factories.make_user(email=f"{uuid4().hex}@example.com")


def _account(number: int, *, channel_id: str, login: str, answer: dict[str, Any]) -> dict[str, str]:
    owner = factories.make_user(email=EMAIL if number == 0 else None, name=login, password=factories.PASSWORD)
    account = factories.make_account(owner=owner, name=login)
    factories.make_credentials(account=account, client_id=cast.CLIENT_ID, client_secret=cast.CLIENT_SECRET)
    connection: Connection = factories.make_connection(
        account=account,
        access_token=answer["access_token"],
        refresh_token=answer["refresh_token"],
        expires_in=answer["expires_in"],
        channel_id=channel_id,
        channel_login=login,
        channel_name=login,
        scopes=answer["scope"],
    )
    _, secret = factories.make_token(actor=factories.make_actor(account=account), permissions=PERMISSIONS)
    return {"account": str(account.pk), "connection": str(connection.pk), "token": secret.reveal()}


def set_sources(accounts: list[tuple[dict[str, Any], str]]) -> list[dict[str, str]]:
    """Accounts that listen at every platform of their grants and at StreamElements, by (grants, JWT) for each; about
    each, with where its webhooks arrive."""
    return [_listening_account(number, grants, jwt) for number, (grants, jwt) in enumerate(accounts)]


def _listening_account(number: int, grants: dict[str, dict[str, Any]], jwt: str) -> dict[str, str]:
    owner = factories.make_user(email=EMAIL if number == 0 else None, name="Ada", password=factories.PASSWORD)
    account = factories.make_account(owner=owner, name=f"Account {number}")
    actor = factories.make_actor(account=account)
    for platform, grant in grants.items():
        client_id, client_secret = grant["client"]
        factories.make_credentials(account=account, platform=platform, client_id=client_id, client_secret=client_secret)
        answer = grant["answer"]
        factories.make_connection(
            account=account,
            platform=platform,
            access_token=answer["access_token"],
            refresh_token=answer["refresh_token"],
            expires_in=int(answer["expires_in"]),
            channel_id=grant["channel_id"],
            channel_login=account.name,
            channel_name=account.name,
            scopes=grant["scopes"],
        )
    tokens.add(actor=actor, platform="twitch", token=jwt)
    _, secret = factories.make_token(actor=actor, permissions=PERMISSIONS)
    return {"account": str(account.pk), "token": secret.reveal(), "webhook": webhooks.of_account(actor)["kick"].url}


def member_with_token(account_id: str) -> dict[str, Any]:
    """A member who may read events and chat, and a token of theirs that may too."""
    account = Account.objects.get(pk=account_id)
    member = factories.make_member(account=account, user=_somebody(), permissions=PERMISSIONS)
    _, secret = factories.make_token(actor=actor_of_member(member), permissions=PERMISSIONS)
    return {"id": member.pk, "token": secret.reveal()}


@transaction.atomic
def leave_only_chat(member_id: int | str) -> None:
    """Take `events:read` from a member's role, as editing the role does."""
    role = Member.objects.select_related("role").get(pk=member_id).role
    role.permissions = ["chat:read"]
    role.save()
    bump(role.account_id)


def make_due(
    login: str, answers: list[dict[str, Any]], client: tuple[str, str] = (cast.CLIENT_ID, cast.CLIENT_SECRET)
) -> None:
    """A grant for each answer of the token endpoint, of an account of its own, that is to be refreshed now."""
    client_id, client_secret = client
    for number, answer in enumerate(answers):
        account = factories.make_account(owner=_somebody())
        factories.make_credentials(account=account, client_id=client_id, client_secret=client_secret)
        factories.make_connection(
            account=account,
            access_token=answer["access_token"],
            refresh_token=answer["refresh_token"],
            expires_in=answer["expires_in"],
            channel_id=f"{login}-{number}",
            channel_login=login,
            scopes=answer["scope"],
            purpose=Purpose.BOT,  # nobody listens with it
            refresh_due_at=datetime.now(UTC),
        )


def sweep(times: int) -> list[int]:
    """How many grants each of so many sweeps took on."""
    return [refresh_due() for _ in range(times)]
