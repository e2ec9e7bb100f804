from __future__ import annotations

from uuid import UUID

import pytest

from accounts import rights
from accounts.actor import PermissionRefused
from accounts.domain import members
from accounts.enums import ADMINISTRATOR, MODERATOR, VIEWER, Action
from accounts.models import AuditEntry, Member
from tests import factories


@pytest.fixture
def changes(monkeypatch) -> list[UUID]:
    """The accounts whose rights were said to have changed."""
    heard: list[UUID] = []
    monkeypatch.setattr(rights, "_listeners", [heard.append])
    return heard


def test_adding_a_member(ada_actor, account, changes):
    user = factories.make_user()

    member = members.add(actor=ada_actor, user=user, role=account.roles.get(slug=VIEWER.slug))

    assert Member.objects.get(user=user) == member
    assert member.role.codes == VIEWER.permissions
    assert changes == [account.pk]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor_name, entry.after) == (Action.MEMBER_ADDED, "Ada", {"role": "viewer"})


def test_changing_a_role(ada_actor, ben, account, changes):
    member = Member.objects.get(user=ben)

    members.change_role(actor=ada_actor, member=member, role=account.roles.get(slug=VIEWER.slug))

    member.refresh_from_db()
    assert member.role.slug == VIEWER.slug
    assert changes == [account.pk]
    entry = AuditEntry.objects.latest("id")
    assert (entry.before, entry.after) == ({"role": "moderator"}, {"role": "viewer"})


def test_removing_a_member(ada_actor, ben, account, changes):
    members.remove(actor=ada_actor, member=Member.objects.get(user=ben))

    assert not Member.objects.filter(user=ben).exists()
    assert changes == [account.pk]
    assert AuditEntry.objects.latest("id").action == Action.MEMBER_REMOVED


def test_the_owner_stays(ada_actor, ada, account, changes):
    owner = Member.objects.get(user=ada)

    with pytest.raises(members.OwnerStays):
        members.remove(actor=ada_actor, member=owner)
    with pytest.raises(members.OwnerStays):
        members.change_role(actor=ada_actor, member=owner, role=account.roles.get(slug=VIEWER.slug))

    assert Member.objects.get(user=ada).role.is_owner
    assert changes == []


def test_nobody_becomes_a_second_owner(ada_actor, ben, account):
    with pytest.raises(members.RoleNotAssignable):
        members.change_role(actor=ada_actor, member=Member.objects.get(user=ben), role=account.roles.get(slug="owner"))

    assert Member.objects.get(user=ben).role.slug == MODERATOR.slug


def test_a_role_of_another_account_is_refused(ada_actor, ben, cleo_actor):
    foreign = cleo_actor.account.roles.get(slug=VIEWER.slug)

    with pytest.raises(members.RoleNotAssignable):
        members.change_role(actor=ada_actor, member=Member.objects.get(user=ben), role=foreign)


def test_nobody_hands_out_what_they_lack(account, ben):
    helper = factories.make_actor(account=account, permissions=MODERATOR.permissions | {"members:edit"})

    with pytest.raises(members.RoleNotAssignable):
        members.change_role(
            actor=helper, member=Member.objects.get(user=ben), role=account.roles.get(slug=ADMINISTRATOR.slug)
        )

    assert Member.objects.get(user=ben).role.slug == MODERATOR.slug


def test_a_moderator_may_do_none_of_it(ben_actor, account):
    other = factories.make_member(account=account)
    viewer = account.roles.get(slug=VIEWER.slug)

    with pytest.raises(PermissionRefused):
        members.add(actor=ben_actor, user=factories.make_user(), role=viewer)
    with pytest.raises(PermissionRefused):
        members.change_role(actor=ben_actor, member=other, role=viewer)
    with pytest.raises(PermissionRefused):
        members.remove(actor=ben_actor, member=other)

    assert account.members.count() == 3
