"""Invitations: who makes them, how long they are good, and whom they let in."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connections

from accounts.actor import PermissionRefused
from accounts.authentication import actor_of_member
from accounts.domain import invitations, members
from accounts.domain.invitations import AlreadyMember, InvitationGone
from accounts.enums import ADMINISTRATOR, ALL, MODERATOR, VIEWER, Action, InvitationLifetime, Permission
from accounts.models import Account, AuditEntry, Invitation, Member, User
from lumio.lib.secrets import digest
from tests import factories

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def zoe(db: None) -> User:
    """Somebody who is a member of no account."""
    return factories.make_user(email="zoe@example.com", name="Zoe")


def lines(account: Account) -> list[tuple[str, str, str, object]]:
    """Action, person, door and what is new, oldest first, of all that is about people."""
    found = AuditEntry.objects.filter(account=account).exclude(action=Action.ACCOUNT_CREATED).order_by("id")
    return [(entry.action, entry.actor_name, entry.via_detail, entry.after) for entry in found]


class TestMaking:
    def test_only_the_digest_of_the_code_is_kept(self, ada_actor, account):
        made, code = factories.make_invitation(actor=ada_actor, note="  The\nnight   shift ")

        stored = Invitation.objects.values().get()
        assert stored["digest"] == digest(code.reveal())
        assert code.reveal() not in str(stored)
        assert len(code.reveal()) == 43  # 256 random bits
        assert (made.account, made.creator, made.role.slug, made.max_uses, made.uses, made.note, made.last_four) == (
            account,
            ada_actor.user,
            "moderator",
            1,
            0,
            "The night shift",
            code.reveal()[-4:],
        )
        assert invitations.find(code.reveal()) == made

    @pytest.mark.parametrize(
        ("lifetime", "length"),
        [
            (InvitationLifetime.HOUR, timedelta(hours=1)),
            (InvitationLifetime.DAY, timedelta(days=1)),
            (InvitationLifetime.WEEK, timedelta(days=7)),
            (InvitationLifetime.MONTH, timedelta(days=30)),
        ],
    )
    def test_it_is_good_for_as_long_as_it_was_made_for(self, ada_actor, lifetime, length):
        with time_machine.travel(NOW, tick=False):
            _, code = factories.make_invitation(actor=ada_actor, lifetime=lifetime)

        with time_machine.travel(NOW + length - timedelta(seconds=1), tick=False):
            assert invitations.find(code.reveal()).works
        with time_machine.travel(NOW + length, tick=False), pytest.raises(InvitationGone):
            invitations.find(code.reveal())

    def test_one_that_never_runs_out_is_good_in_a_hundred_years(self, ada_actor):
        _, code = factories.make_invitation(actor=ada_actor, lifetime=InvitationLifetime.NEVER)

        with time_machine.travel(NOW + timedelta(days=36500), tick=False):
            assert invitations.find(code.reveal()).works

    def test_it_is_in_the_audit_log_without_its_code(self, ada_actor, account):
        made, code = factories.make_invitation(actor=ada_actor, max_uses=3, note="Raid crew")

        entry = AuditEntry.objects.get(account=account, action=Action.INVITATION_MADE)
        assert (entry.target_id, entry.after) == (
            str(made.pk),
            {"role": "moderator", "lifetime": "7d", "max_uses": 3, "note": "Raid crew"},
        )
        assert code.reveal() not in str(AuditEntry.objects.filter(pk=entry.pk).values().get())

    def test_it_needs_the_right_to_invite(self, account):
        actor = factories.make_actor(account=account, permissions=ALL - {Permission.MEMBERS_CREATE})

        with pytest.raises(PermissionRefused) as refused:
            factories.make_invitation(actor=actor)

        assert refused.value.permission == Permission.MEMBERS_CREATE
        assert not Invitation.objects.exists()

    @pytest.mark.parametrize("role", ["owner", "administrator"])
    def test_nobody_invites_to_more_than_they_hold(self, account, role):
        actor = factories.make_actor(account=account, permissions=MODERATOR.permissions | {"members:create"})

        with pytest.raises(members.RoleNotAssignable):
            factories.make_invitation(actor=actor, role=role)

        assert not Invitation.objects.exists()
        factories.make_invitation(actor=actor, role="moderator")

    def test_not_even_an_owner_invites_an_owner(self, ada_actor):
        with pytest.raises(members.RoleNotAssignable):
            factories.make_invitation(actor=ada_actor, role="owner")

    def test_a_hundred_are_open_at_most(self, ada_actor, cleo_actor, monkeypatch):
        monkeypatch.setattr(invitations, "MOST_OPEN", 2)
        made = [factories.make_invitation(actor=ada_actor)[0] for _ in range(2)]

        with pytest.raises(invitations.TooManyInvitations):
            factories.make_invitation(actor=ada_actor)

        assert Invitation.objects.count() == 2
        factories.make_invitation(actor=cleo_actor)  # another account has its own
        invitations.withdraw(actor=ada_actor, invitation=made[0])
        factories.make_invitation(actor=ada_actor)

    def test_those_long_over_are_cleared_away(self, ada_actor):
        with time_machine.travel(NOW, tick=False):
            old, _ = factories.make_invitation(actor=ada_actor, lifetime=InvitationLifetime.HOUR)

        with time_machine.travel(NOW + invitations.KEPT, tick=False):
            factories.make_invitation(actor=ada_actor)
            assert Invitation.objects.filter(pk=old.pk).exists()
        with time_machine.travel(NOW + invitations.KEPT + timedelta(hours=2), tick=False):
            factories.make_invitation(actor=ada_actor)

        assert not Invitation.objects.filter(pk=old.pk).exists()


class TestAccepting:
    def test_whoever_accepts_is_in_with_its_role(self, ada_actor, account, zoe):
        _, code = factories.make_invitation(actor=ada_actor)

        member = invitations.accept(invitation=invitations.find(code.reveal(), zoe), user=zoe, address="192.0.2.7")

        assert (member.account, member.user, member.role.slug) == (account, zoe, "moderator")
        assert actor_of_member(member).permissions == MODERATOR.permissions
        assert lines(account)[1:] == [
            (Action.MEMBER_ADDED, "Zoe", "invitation of Ada", {"role": "moderator"}),
            (Action.INVITATION_ACCEPTED, "Zoe", "invitation of Ada", {"uses": 1}),
        ]
        assert {entry.address for entry in AuditEntry.objects.filter(account=account, actor_id=zoe.pk)} == {"192.0.2.7"}

    def test_it_lets_in_as_many_as_it_says(self, ada_actor, account):
        made, _ = factories.make_invitation(actor=ada_actor, max_uses=2)
        people = [factories.make_user() for _ in range(3)]

        for person in people[:2]:
            invitations.accept(invitation=made, user=person)
        with pytest.raises(InvitationGone):
            invitations.accept(invitation=made, user=people[2])

        assert account.members.count() == 3
        assert Invitation.objects.get().uses == 2

    def test_one_without_a_limit_goes_on(self, ada_actor, account):
        made, _ = factories.make_invitation(actor=ada_actor, max_uses=None)

        for _ in range(4):
            invitations.accept(invitation=made, user=factories.make_user())

        assert account.members.count() == 5
        assert Invitation.objects.get().uses == 4

    def test_a_member_is_told_so_and_uses_nothing_up(self, ada_actor, ben, account):
        made, code = factories.make_invitation(actor=ada_actor, role=VIEWER.slug)

        with pytest.raises(AlreadyMember) as found:
            invitations.find(code.reveal(), ben)
        with pytest.raises(AlreadyMember):
            invitations.accept(invitation=made, user=ben)

        assert found.value.text == "You are in Ada live already. The invitation is not used up by this."
        assert Member.objects.get(user=ben).role.slug == MODERATOR.slug
        assert Invitation.objects.get().uses == 0
        assert [line[0] for line in lines(account)] == [Action.INVITATION_MADE]

    def test_whoever_joined_with_the_last_use_is_told_that_they_are_in(self, ada_actor, zoe):
        made, code = factories.make_invitation(actor=ada_actor)
        invitations.accept(invitation=made, user=zoe)

        with pytest.raises(AlreadyMember):
            invitations.find(code.reveal(), zoe)

    def test_withdrawn_used_up_run_out_and_made_up_are_told_alike(self, ada_actor, zoe):
        codes = {}
        for name in ("withdrawn", "used", "over"):
            _, codes[name] = factories.make_invitation(actor=ada_actor, note=name)
        invitations.withdraw(actor=ada_actor, invitation=Invitation.objects.get(note="withdrawn"))
        Invitation.objects.filter(note="used").update(uses=1)
        Invitation.objects.filter(note="over").update(expires_at=NOW - timedelta(days=1))
        said = set()

        for code in ("made-up", "", "\x00", *(code.reveal() for code in codes.values())):
            with pytest.raises(InvitationGone) as refused:
                invitations.find(code, zoe)
            said.add((refused.value.status, refused.value.code, refused.value.text))

        assert len(said) == 1

    def test_the_database_counts_no_further_than_the_limit(self, ada_actor):
        made, _ = factories.make_invitation(actor=ada_actor)

        with pytest.raises(IntegrityError):
            Invitation.objects.filter(pk=made.pk).update(uses=2)


class TestCreator:
    """It is good only while its creator could still give this role to somebody."""

    @pytest.fixture
    def helper(self, account) -> Member:
        return factories.make_member(account=account, permissions=MODERATOR.permissions | {"members:create"})

    @pytest.fixture
    def made(self, helper) -> Invitation:
        return factories.make_invitation(actor=actor_of_member(helper))[0]

    def refuses(self, made: Invitation, user: User) -> bool:
        held = Invitation.objects.with_rights().get(pk=made.pk)
        try:
            invitations.accept(invitation=made, user=user)
        except InvitationGone:
            assert not Member.objects.filter(user=user).exists()
            assert Invitation.objects.get(pk=made.pk).uses == 0
            assert not held.works
            return True
        return False

    def test_who_may_not_invite_any_more_lets_nobody_in(self, helper, made, zoe):
        helper.role.permissions = sorted(MODERATOR.permissions)
        helper.role.save()

        assert self.refuses(made, zoe)

    def test_who_lost_something_of_the_role_lets_nobody_in_until_it_is_back(self, helper, made, zoe):
        before = helper.role.permissions
        helper.role.permissions = sorted({*before} - {"chat:ban"})
        helper.role.save()

        assert self.refuses(made, zoe)

        helper.role.permissions = before
        helper.role.save()
        assert not self.refuses(made, zoe)

    def test_a_role_that_grew_above_its_creator_is_not_given(self, made, account, zoe):
        moderator = account.roles.get(slug=MODERATOR.slug)
        moderator.permissions = [*moderator.permissions, "tokens:create"]
        moderator.save()

        assert self.refuses(made, zoe)

    def test_who_is_switched_off_lets_nobody_in(self, helper, made, zoe):
        User.objects.filter(pk=helper.user_id).update(is_active=False)

        assert self.refuses(made, zoe)

    def test_a_closed_account_lets_nobody_in(self, made, account, zoe):
        Account.objects.filter(pk=account.pk).update(closed_at=NOW)

        assert self.refuses(made, zoe)

    def test_who_left_takes_them_along_for_good(self, ada_actor, helper, made, account):
        kept, _ = factories.make_invitation(actor=ada_actor)

        members.remove(actor=ada_actor, member=helper)
        Member.objects.create(account=account, user=helper.user, role=helper.role)

        assert list(Invitation.objects.all()) == [kept]


class TestWithdrawing:
    def test_it_is_gone_and_noted_once(self, ada_actor, account):
        made, code = factories.make_invitation(actor=ada_actor)

        invitations.withdraw(actor=ada_actor, invitation=made)
        invitations.withdraw(actor=ada_actor, invitation=made)

        with pytest.raises(InvitationGone):
            invitations.find(code.reveal())
        entry = AuditEntry.objects.get(account=account, action=Action.INVITATION_WITHDRAWN)
        assert (entry.target_name, entry.before) == (str(made), {"role": "moderator", "uses": 0, "max_uses": 1})

    def test_another_persons_only_if_its_role_is_not_above(self, ada_actor, account):
        helper = factories.make_actor(account=account, permissions=VIEWER.permissions | {"members:delete"})
        above, _ = factories.make_invitation(actor=ada_actor, role=ADMINISTRATOR.slug)
        below, _ = factories.make_invitation(actor=ada_actor, role=VIEWER.slug)

        with pytest.raises(members.RoleAbove):
            invitations.withdraw(actor=helper, invitation=above)
        invitations.withdraw(actor=helper, invitation=below)

        assert list(Invitation.objects.all()) == [above]

    def test_ones_own_even_if_its_role_has_grown(self, account):
        helper = factories.make_actor(account=account, permissions=VIEWER.permissions | {"members:create"})
        made, _ = factories.make_invitation(actor=helper, role=VIEWER.slug)
        account.roles.filter(slug=VIEWER.slug).update(permissions=["tokens:create"])

        invitations.withdraw(actor=helper, invitation=Invitation.objects.get(pk=made.pk))

        assert not Invitation.objects.exists()

    def test_a_moderator_may_not(self, ada_actor, ben_actor):
        made, _ = factories.make_invitation(actor=ada_actor)

        with pytest.raises(PermissionRefused):
            invitations.withdraw(actor=ben_actor, invitation=made)

        assert Invitation.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def race(self, *attempts) -> list[str]:
        """What came of each, all begun at once."""
        start, outcomes = threading.Barrier(len(attempts), timeout=20), []

        def run(attempt) -> None:
            start.wait()
            try:
                attempt()
                outcomes.append("in")
            except (InvitationGone, AlreadyMember) as refusal:
                outcomes.append(refusal.code)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(outcomes)

    def test_of_two_people_racing_for_the_last_use_one_gets_in(self, ada_actor, account):
        made, _ = factories.make_invitation(actor=ada_actor)
        people = [factories.make_user() for _ in range(4)]

        outcomes = self.race(
            *(lambda person=person: invitations.accept(invitation=made, user=person) for person in people)
        )

        assert outcomes == ["in", "invitation_gone", "invitation_gone", "invitation_gone"]
        assert account.members.filter(user__in=people).count() == 1
        assert Invitation.objects.get().uses == 1

    def test_one_person_in_two_tabs_is_in_once(self, ada_actor, account, zoe):
        made, _ = factories.make_invitation(actor=ada_actor, max_uses=10)

        outcomes = self.race(*[lambda: invitations.accept(invitation=made, user=zoe)] * 2)

        assert outcomes == ["already_member", "in"]
        assert Invitation.objects.get().uses == 1

    def test_removing_and_leaving_at_once_is_one_of_them(self, ada_actor, ben, account):
        member = Member.objects.get(user=ben)
        ben_actor = actor_of_member(Member.objects.select_related("account", "user", "role").get(user=ben))
        done: list[str] = []

        def attempt(action) -> None:
            try:
                action()
                done.append("done")
            except Exception as error:  # its name is what is compared
                done.append(type(error).__name__)

        self.race(
            lambda: attempt(lambda: members.remove(actor=ada_actor, member=member)),
            lambda: attempt(lambda: members.leave(actor=ben_actor)),
        )

        assert sorted(done) == ["Http404", "done"]
        assert not Member.objects.filter(user=ben).exists()
        assert AuditEntry.objects.filter(action__in=[Action.MEMBER_REMOVED, Action.MEMBER_LEFT]).count() == 1
