from __future__ import annotations

import pytest

from accounts.actor import PermissionRefused
from accounts.authentication import actor_of_member
from accounts.domain import explain, members, roles
from accounts.enums import Permission
from accounts.models import Member
from tests import factories


def seat(user) -> Member:
    return Member.objects.select_related("account", "user", "role").get(user=user)


def right(actor, member, code):
    return next(one for one in explain.rights_of(actor, member) if one.permission == code)


@pytest.mark.parametrize("slug", ["owner", "administrator", "moderator", "viewer"])
def test_it_agrees_with_what_doors_ask(account, ada, ada_actor, slug):
    user = ada if slug == "owner" else factories.make_user()
    if user != ada:
        Member.objects.create(account=account, user=user, role=account.roles.get(slug=slug))
    member = seat(user)

    found = explain.rights_of(ada_actor, member)

    actor = actor_of_member(member)
    assert {one.permission: one.allowed for one in found} == {code: actor.can(code) for code in Permission}


def test_it_says_why_and_which_roles_would_allow_it(account, ada, ada_actor, ben, django_assert_num_queries):
    member = seat(ben)
    with django_assert_num_queries(3):
        explain.rights_of(ada_actor, member)

    may, may_not = right(ada_actor, seat(ben), "chat:ban"), right(ada_actor, seat(ben), "roles:edit")
    assert (may.allowed, may.because) == (True, "Their role Moderator allows it.")
    assert (may_not.allowed, may_not.because) == (False, "Their role Moderator does not allow it.")
    assert [role.slug for role in may_not.roles] == ["administrator", "owner"]
    assert right(ada_actor, seat(ada), "roles:edit").because == "They own the account, and an owner may do everything."


def test_it_tells_what_made_it_so_to_whoever_may_read_the_log(account, ada_actor, ben):
    viewer, moderator = (account.roles.get(slug=slug) for slug in ("viewer", "moderator"))
    members.change_role(actor=ada_actor, member=seat(ben), role=viewer)
    members.change_role(actor=ada_actor, member=seat(ben), role=moderator)
    roles.change(
        actor=ada_actor, role=moderator, name="Moderator", colour="#22c55e", permissions=["chat:read", "tokens:read"]
    )

    told = {code: right(ada_actor, seat(ben), code).changed.text for code in ("chat:read", "chat:ban", "tokens:read")}
    reader = actor_of_member(factories.make_member(account=account, permissions={"members:read"}))

    assert told == {
        "chat:read": "Ada gave them the role Moderator",
        "chat:ban": "Ada changed the role Moderator",
        "tokens:read": "Ada changed the role Moderator",
    }
    assert right(reader, seat(ben), "chat:ban").changed is None


def test_nobody_who_is_switched_off_can_do_anything(account, ada_actor, ben):
    members.change_role(actor=ada_actor, member=seat(ben), role=account.roles.get(slug="administrator"))
    ben.is_active = False
    ben.save()

    found = right(ada_actor, seat(ben), "chat:ban")

    assert (found.allowed, found.changed) == (False, None)
    assert found.because == "Whoever runs this Lumio has switched their sign-in off, so they can do nothing here."


def test_it_is_for_whoever_may_see_members(account, ben, ben_actor):
    with pytest.raises(PermissionRefused):
        explain.rights_of(ben_actor, seat(ben))


def test_the_members_page_answers(account, ada_client, ben):
    content = ada_client.get(f"/dashboard/members/{seat(ben).pk}?can=roles:edit").content.decode()

    assert "They cannot" in content
    assert "Their role Moderator does not allow it." in content


def test_rest_and_graphql_answer(account, ada_client, ben):
    key = seat(ben).pk
    rest = {one["permission"]: one for one in ada_client.get(f"/v1/members/{key}/rights").json()["data"]}
    query = f'{{ memberRights(id: "{key}") {{ permission allowed roles }} }}'
    data = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()["data"]
    graphql = {one["permission"]: one for one in data["memberRights"]}

    assert rest.keys() == graphql.keys() == set(Permission.values)
    assert (rest["chat:ban"]["allowed"], rest["chat:ban"]["changed"]) == (True, None)
    assert rest["roles:edit"]["roles"] == graphql["roles:edit"]["roles"]
