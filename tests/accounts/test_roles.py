from __future__ import annotations

import re
import threading
import time

import pytest
from django.db import connection, connections
from django.http import Http404
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actor import Actor, PermissionRefused
from accounts.authentication import actor_of_member
from accounts.domain import invitations, members, roles
from accounts.domain.granting import MoreThanHeld, UnknownPermission
from accounts.enums import ALL, MODERATOR, Action, Permission
from accounts.models import Account, AuditEntry, Invitation, Member, Role
from events.models import LiveHead
from tests import factories

GREEN = "#22c55e"


def role_of(account: Account, slug: str) -> Role:
    return account.roles.get(slug=slug)


def now(actor: Actor) -> Actor:
    """The same person with the rights of this moment."""
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(user=actor.user))


def holder(account: Account, permissions: set[str] | frozenset[str]) -> Actor:
    return actor_of_member(factories.make_member(account=account, permissions=permissions))


def signed_in(account: Account, permissions: set[str]) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(holder(account, permissions).user)
    return client


def made(actor: Actor, **values) -> Role:
    return roles.create(actor=actor, **{"name": "Editor", "colour": GREEN, "permissions": ["events:read"], **values})


class TestListing:
    def test_names_what_each_allows_and_who_has_it(self, account, ada_actor, ben, django_assert_num_queries):
        with django_assert_num_queries(1):
            found = [(role.slug, role.held_by) for role in roles.listing(ada_actor)]

        assert found == [("owner", 1), ("administrator", 0), ("moderator", 1), ("viewer", 0)]

    def test_is_for_whoever_may_see_roles(self, ben_actor):
        with pytest.raises(PermissionRefused):
            roles.listing(ben_actor)


class TestCreate:
    def test_makes_a_role_of_the_account(self, account, ada_actor):
        role = made(ada_actor, name="  Chat   Editor ", colour="#22C55E", permissions=["chat:write", "chat:read"])

        stored = account.roles.get(slug="chat-editor")
        assert (stored.name, stored.colour, stored.permissions) == ("Chat Editor", GREEN, ["chat:read", "chat:write"])
        line = AuditEntry.objects.get(action=Action.ROLE_CREATED)
        assert (line.target_id, line.after["permissions"]) == (str(role.pk), ["chat:read", "chat:write"])

    def test_names_without_latin_letters_and_alike_ones_get_slugs_of_their_own(self, ada_actor):
        slugs = [made(ada_actor, name=name).slug for name in ("調整役", "Éditeur!", "Editeur", "管理")]

        assert slugs == ["role", "editeur", "editeur-2", "role-2"]

    @pytest.mark.parametrize(
        ("wrong", "refusal"),
        [
            ({"name": " \x00 "}, roles.NoName),
            ({"name": "x" * 41}, roles.NoName),
            ({"name": "moderator"}, roles.NameTaken),
            ({"colour": "green"}, roles.NoColour),
            ({"colour": "#22c55e\n#"}, roles.NoColour),
            ({"permissions": ["events:fly"]}, UnknownPermission),
        ],
    )
    def test_refuses_what_is_none(self, account, ada_actor, wrong, refusal):
        with pytest.raises(refusal):
            made(ada_actor, **wrong)

        assert account.roles.count() == 4

    def test_nobody_puts_in_what_they_lack(self, account):
        actor = holder(account, {"roles:create", "events:read"})

        with pytest.raises(MoreThanHeld):
            made(actor, permissions=["events:read", "chat:ban"])

        assert not Role.objects.filter(name="Editor").exists()

    def test_there_is_an_end_to_it(self, account, ada_actor, monkeypatch):
        monkeypatch.setattr(roles, "MOST_ROLES", 5)
        made(ada_actor)

        with pytest.raises(roles.TooManyRoles):
            made(ada_actor, name="Another")


class TestChange:
    def test_counts_at_once_and_is_noted(self, account, ada_actor, ben_actor):
        moderator = role_of(account, "moderator")

        changed = roles.change(
            actor=ada_actor, role=moderator, name=moderator.label, colour="#00ff00", permissions=["chat:read"]
        )

        assert now(ben_actor).permissions == {"chat:read"}
        assert LiveHead.objects.get(account=account).access_epoch == 1
        line = AuditEntry.objects.get(action=Action.ROLE_CHANGED)
        assert line.before == {"colour": GREEN, "permissions": sorted(MODERATOR.permissions)}
        assert line.after == {"colour": "#00ff00", "permissions": ["chat:read"]}
        assert (changed.slug, changed.name) == ("moderator", "Moderator")

    def test_of_nothing_leaves_no_line(self, account, ada_actor):
        viewer = role_of(account, "viewer")

        roles.change(
            actor=ada_actor, role=viewer, name=viewer.label, colour=viewer.colour, permissions=viewer.permissions
        )

        assert not AuditEntry.objects.filter(action=Action.ROLE_CHANGED).exists()

    def test_a_default_role_keeps_its_name_in_every_language_until_it_gets_another(self, account, ada_actor):
        viewer = role_of(account, "viewer")
        with translation.override("de"):
            same = roles.change(
                actor=ada_actor, role=viewer, name=viewer.label, colour=GREEN, permissions=viewer.permissions
            )
        renamed = roles.change(actor=ada_actor, role=viewer, name="Guest", colour=GREEN, permissions=[])

        assert (same.name, renamed.name, renamed.slug) == ("Viewer", "Guest", "viewer")

    def test_the_owners_role_is_fixed(self, account, ada_actor):
        with pytest.raises(roles.OwnerIsFixed):
            roles.change(actor=ada_actor, role=role_of(account, "owner"), name="Boss", colour=GREEN, permissions=[])

    def test_nobody_touches_what_is_above_them_or_their_own(self, account):
        actor = holder(account, {"roles:edit", "events:read"})
        theirs = Role.objects.get(members__user=actor.user)

        with pytest.raises(members.RoleAbove):
            roles.change(
                actor=actor, role=role_of(account, "moderator"), name="M", colour=GREEN, permissions=["events:read"]
            )
        with pytest.raises(roles.OwnRole):
            roles.change(actor=actor, role=theirs, name="Mine", colour=GREEN, permissions=["events:read"])

        assert role_of(account, "moderator").codes == MODERATOR.permissions

    def test_of_another_account_is_not_found(self, ada_actor, cleo_actor):
        theirs = role_of(cleo_actor.account, "viewer")

        with pytest.raises(Http404):
            roles.change(actor=ada_actor, role=theirs, name="Mine", colour=GREEN, permissions=[])

        theirs.refresh_from_db()
        assert theirs.name == "Viewer"


class TestDelete:
    def test_takes_its_invitations_along(self, account, ada_actor):
        role = made(ada_actor)
        invitations.create(actor=ada_actor, role=role)

        roles.delete(actor=ada_actor, role=role)

        assert not account.roles.filter(slug="editor").exists()
        assert not Invitation.objects.exists()
        assert AuditEntry.objects.get(action=Action.ROLE_DELETED).before["name"] == "Editor"

    def test_nobody_is_invited_to_one_that_went_meanwhile(self, ada_actor):
        role = made(ada_actor)
        Role.objects.filter(pk=role.pk).delete()

        with pytest.raises(Http404):
            invitations.create(actor=ada_actor, role=role)

        assert not Invitation.objects.exists()

    def test_is_refused_while_somebody_has_it_and_for_those_that_stay(self, account, ada_actor):
        role = made(ada_actor)
        Member.objects.create(account=account, user=factories.make_user(), role=role)

        with pytest.raises(roles.RoleInUse):
            roles.delete(actor=ada_actor, role=role)
        with pytest.raises(roles.DefaultStays):
            roles.delete(actor=ada_actor, role=role_of(account, "viewer"))
        with pytest.raises(roles.OwnerIsFixed):
            roles.delete(actor=ada_actor, role=role_of(account, "owner"))

        assert account.roles.count() == 5


@pytest.mark.django_db(transaction=True)
def test_deleting_waits_for_whoever_is_accepting_an_invitation(account, ada_actor, cleo, monkeypatch):
    role, add, accepting = made(ada_actor), members.add, threading.Event()
    invitation, _ = invitations.create(actor=ada_actor, role=role)
    refusals = []

    def add_once_the_other_waits(**values) -> Member:
        accepting.set()
        wait_for_a_blocked_query()
        return add(**values)

    def delete() -> None:
        accepting.wait(20)
        try:
            roles.delete(actor=ada_actor, role=role)
        except Exception as error:
            refusals.append(type(error))
        finally:
            connections.close_all()

    monkeypatch.setattr(members, "add", add_once_the_other_waits)
    deleting = threading.Thread(target=delete)
    deleting.start()
    invitations.accept(invitation=invitation, user=cleo)
    deleting.join()

    assert refusals == [roles.RoleInUse]
    assert Member.objects.get(user=cleo, account=account).role == role


def wait_for_a_blocked_query() -> None:
    """Until somebody waits for this transaction. With SQLite nobody does: they begin once this is through."""
    deadline = time.monotonic() + 10
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own=st.sets(st.sampled_from(["roles:create", "roles:edit", "roles:delete", "events:read", "chat:read"])),
    steps=st.lists(st.tuples(st.integers(0, 5), st.sets(st.sampled_from(sorted(ALL)), max_size=4)), max_size=5),
)
def test_no_change_of_roles_makes_anybody_more_than_they_were(account, own, steps):
    actor = holder(account, own)
    before = {member.pk: member.role.codes for member in account.members.select_related("role")}

    for number, codes in steps:
        found = list(account.roles.order_by("pk"))
        try:
            if number == 5:
                made(now(actor), name=f"Role {len(found)}", permissions=codes)
            else:
                role = found[number % len(found)]
                roles.change(actor=now(actor), role=role, name=role.label, colour=GREEN, permissions=codes)
        except (roles.OwnerIsFixed, roles.OwnRole, members.RoleAbove, MoreThanHeld, PermissionRefused):
            pass

    for member in account.members.select_related("role"):
        assert member.role.codes <= before[member.pk] | actor.permissions
    assert now(actor).permissions == actor.permissions


class TestPages:
    def test_the_list_leads_to_every_role(self, account, ada_client):
        content = ada_client.get("/dashboard/roles").content.decode()

        assert [role.slug for role in account.roles.all() if f"/dashboard/roles/{role.pk}" not in content] == []

    def test_a_role_is_made_from_a_copy_and_changed(self, account, ada_client):
        form = ada_client.get("/dashboard/roles/new?from=viewer").context["form"]
        assert form["permissions"].value() == sorted(role_of(account, "viewer").codes)

        ada_client.post("/dashboard/roles/new", {"name": "Guest", "colour": GREEN, "permissions": ["events:read"]})
        role = role_of(account, "guest")
        response = ada_client.post(
            f"/dashboard/roles/{role.pk}", {"name": "Guests", "colour": GREEN, "permissions": ["overlays:read"]}
        )

        role.refresh_from_db()
        assert (response["Location"], role.name, role.permissions) == ("/dashboard/roles", "Guests", ["overlays:read"])

    def test_what_is_refused_is_said_in_the_form(self, account, ada_client):
        response = ada_client.post("/dashboard/roles/new", {"name": "Viewer", "colour": GREEN, "permissions": []})

        assert response.status_code == 422
        assert "There is a role “Viewer” already." in response.content.decode()

    def test_who_may_only_look_gets_no_buttons(self, account):
        client = signed_in(account, {"roles:read"})

        content = client.get(f"/dashboard/roles/{role_of(account, 'viewer').pk}").content.decode()

        assert "This role allows more than yours." in content
        assert 'name="permissions"' in content
        assert "Save" not in content
        assert client.post(f"/dashboard/roles/{role_of(account, 'viewer').pk}", {}).status_code == 403

    def test_what_the_person_lacks_is_locked(self, account):
        client = signed_in(account, {"roles:read", "roles:create", "events:read"})

        groups = client.get("/dashboard/roles/new").context["form"].groups

        locked = {choice.code for group in groups for choice in group.choices if choice.is_locked}
        assert locked == ALL - {"roles:read", "roles:create", "events:read"}

    def test_a_default_role_goes_back_to_what_it_was_made_with(self, account, ada_client):
        viewer = role_of(account, "viewer")
        Role.objects.filter(pk=viewer.pk).update(permissions=[], name="Guest")

        form = ada_client.get(f"/dashboard/roles/{viewer.pk}?as=made").context["form"]

        assert (form["name"].value(), len(form["permissions"].value())) == ("Viewer", 3)

    def test_going_back_ticks_no_more_than_the_person_holds(self, account):
        viewer = role_of(account, "viewer")
        Role.objects.filter(pk=viewer.pk).update(permissions=[])
        client = signed_in(account, {"roles:read", "roles:edit", "events:read"})

        form = client.get(f"/dashboard/roles/{viewer.pk}?as=made").context["form"]

        assert form["permissions"].value() == ["events:read"]

    def test_deleting_asks_first_also_without_a_script(self, account, ada_client, ada_actor):
        content = ada_client.get(f"/dashboard/roles/{made(ada_actor).pk}?delete").content.decode()

        [dialog] = re.findall(r"<dialog[^>]*>", content)
        assert ("open" in dialog.split(), "Delete Editor?" in content) == (True, True)

    def test_deleting_goes_back_to_the_list(self, account, ada_client, ada_actor):
        role = made(ada_actor)

        response = ada_client.post(f"/dashboard/roles/{role.pk}/delete", follow=True)

        assert "The role Editor is gone." in response.content.decode()
        assert not Role.objects.filter(pk=role.pk).exists()


class TestApis:
    def test_rest_makes_changes_and_deletes(self, ada_client):
        made_ = ada_client.post(
            "/v1/roles", {"name": "Deck", "permissions": ["chat:read"]}, content_type="application/json"
        )
        address = made_["Location"]
        put = ada_client.put(
            address, {"name": "Deck", "colour": "#112233", "permissions": []}, content_type="application/json"
        )
        gone = ada_client.delete(address)

        assert (made_.status_code, made_.json()["data"]["slug"]) == (201, "deck")
        assert put.json()["data"]["colour"] == "#112233"
        assert (gone.status_code, ada_client.get(address).status_code) == (204, 404)

    def test_the_catalogue_names_every_permission(self, ben_client):
        data = ben_client.get("/v1/permissions").json()["data"]

        assert [one["code"] for one in data] == Permission.values

    def test_graphql_does_the_same(self, account, ada_client):
        def ask(query: str) -> dict:
            return ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()

        created = ask('mutation { createRole(input: {name: "Deck", permissions: ["chat:read"]}) { role { id slug } } }')
        key = created["data"]["createRole"]["role"]["id"]
        renamed = '{name: "Dock", permissions: []}'
        updated = ask(f'mutation {{ updateRole(id: "{key}", input: {renamed}) {{ role {{ name slug }} }} }}')
        deleted = ask(f'mutation {{ deleteRole(id: "{key}") {{ id }} }}')

        assert updated["data"]["updateRole"]["role"] == {"name": "Dock", "slug": "deck"}
        assert deleted["data"]["deleteRole"] == {"id": key}
        assert ask("{ roles { slug } }")["data"]["roles"][0] == {"slug": "owner"}
