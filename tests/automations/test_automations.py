"""Making, changing, switching and removing automations, and who may."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import Http404

from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from automations.domain import automations
from automations.domain.automations import Changes
from automations.enums import TriggerType, Who
from automations.models import Automation, Step
from integrations.models import Integration
from tests import factories
from tests.domain import audited, refusal

pytestmark = pytest.mark.django_db

READ, CREATE, EDIT, DELETE = (
    Permission.AUTOMATIONS_READ,
    Permission.AUTOMATIONS_CREATE,
    Permission.AUTOMATIONS_EDIT,
    Permission.AUTOMATIONS_DELETE,
)
CHAT = {"type": "chat", "config": {"text": "Welcome, {{name}}!", "platforms": []}}
WAIT = {"type": "wait", "config": {"seconds": 2}}


def create(actor, name: str = "Welcome", **wanted) -> Automation:
    return automations.create(actor=actor, wanted=Changes(name=name, **wanted))


def save(actor, row: Automation, *, version: int | None = None, **wanted) -> Automation:
    return automations.save(actor=actor, automation_id=row.pk, version=version, wanted=Changes(**wanted))


def stored_steps(row: Automation) -> list[dict]:
    return list(Step.objects.filter(automation=row).order_by("position").values("type", "config"))


def obs_step(account) -> dict:
    row = factories.make_integration(account=account)
    config = {"integration": str(row.pk), "act": "scene.program", "arguments": {"scene": "Raid"}}
    return {"type": "obs", "config": config}


# --- creating


def test_new_automation_is_run_by_hand_until_something_else_is_said(ada_actor):
    row = create(ada_actor, steps=[CHAT, WAIT])

    assert (row.trigger, row.enabled, row.version, row.created_by) == (TriggerType.MANUAL, True, 1, ada_actor.user)
    assert [step.position for step in row.steps.all()] == [0, 1]
    assert stored_steps(row) == [CHAT, WAIT]
    [(_, after)] = audited(Action.AUTOMATION_CREATED)
    assert after["steps"] == [CHAT, WAIT]


def test_kinds_and_platforms_are_kept_in_their_own_order_and_once(ada_actor):
    row = create(
        ada_actor, trigger="event", kinds=["raid", "follow", "raid"], platforms=["kick", "twitch"], least="5.00"
    )

    assert (row.kinds, row.platforms, row.least) == (["follow", "raid"], ["twitch", "kick"], Decimal("5.00"))


def test_command_is_kept_in_lower_case(ada_actor):
    row = create(ada_actor, trigger="command", command=" !Lurk ", who="vips")

    assert (row.command, row.who) == ("!lurk", Who.VIPS)


def test_what_the_trigger_has_no_use_for_is_left_out(ada_actor):
    row = create(ada_actor, kinds=["follow"], least=5, command="!lurk", who="vips", platforms=["twitch"], cooldown=30)

    assert (row.kinds, row.least, row.command, row.who) == ([], 0, "", Who.EVERYBODY)
    assert (row.platforms, row.cooldown) == ([], 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": " \u200b "}, "automation_name_missing"),
        ({"name": "x" * 81}, "automation_name_too_long"),
        ({"trigger": "moon"}, "no_such_trigger"),
        ({"trigger": "event"}, "nothing_starts_it"),
        ({"trigger": "event", "kinds": ["poll.progress"]}, "no_such_trigger_kind"),
        ({"trigger": "event", "kinds": ["tool.event"]}, "no_such_trigger_kind"),
        ({"trigger": "event", "kinds": ["follow"], "platforms": ["spotify"]}, "no_such_trigger_platform"),
        ({"trigger": "event", "kinds": ["tip"], "least": "much"}, "bad_least"),
        ({"trigger": "event", "kinds": ["tip"], "least": "NaN"}, "bad_least"),
        ({"trigger": "event", "kinds": ["tip"], "least": -1}, "bad_least"),
        ({"trigger": "event", "kinds": ["tip"], "least": "0.001"}, "bad_least"),
        ({"trigger": "event", "kinds": ["tip"], "least": "1e30"}, "bad_least"),
        ({"trigger": "command"}, "bad_command"),
        ({"trigger": "command", "command": "lurk"}, "bad_command"),
        ({"trigger": "command", "command": "!"}, "bad_command"),
        ({"trigger": "command", "command": "/ban"}, "bad_command"),
        ({"trigger": "command", "command": "@ada"}, "bad_command"),
        ({"trigger": "command", "command": "!so long"}, "bad_command"),
        ({"trigger": "command", "command": "!" + "x" * 40}, "bad_command"),
        ({"trigger": "command", "command": "!lurk", "who": "cats"}, "no_such_audience"),
        ({"cooldown": -1}, "bad_cooldown"),
        ({"viewer_cooldown": 86_401}, "bad_cooldown"),
        ({"steps": [CHAT] * 21}, "too_many_automation_steps"),
        ({"steps": ["wave"]}, "bad_automation_step"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(ada_actor, wanted, code):
    assert refusal(automations.create, actor=ada_actor, wanted=Changes(**{"name": "Welcome"} | wanted)) == code

    assert not Automation.objects.exists()


def test_name_is_there_once_in_an_account(ada_actor, cleo_actor):
    create(ada_actor)
    create(cleo_actor)

    assert refusal(create, ada_actor) == "automation_name_taken"


def test_account_has_so_many_and_no_more(ada_actor, monkeypatch):
    monkeypatch.setattr(automations, "MOST_AUTOMATIONS", 1)
    create(ada_actor)

    assert refusal(create, ada_actor, "Another") == "too_many_automations"


# --- who may


def test_steps_need_the_right_to_do_the_same_by_hand(account):
    without_obs = factories.make_actor(account=account, permissions={CREATE, Permission.CHAT_WRITE})
    without_chat = factories.make_actor(account=account, permissions={CREATE, Permission.OBS_EDIT})
    step = obs_step(account)

    with pytest.raises(PermissionRefused) as about_obs:
        create(without_obs, steps=[CHAT, step])
    with pytest.raises(PermissionRefused) as about_chat:
        create(without_chat, steps=[step, CHAT])

    assert (about_obs.value.permission, about_chat.value.permission) == (Permission.OBS_EDIT, Permission.CHAT_WRITE)
    assert not Automation.objects.exists()


def test_who_cannot_control_obs_cannot_change_when_it_is_controlled_but_can_switch_it_off(ada_actor, account):
    row = create(ada_actor, steps=[obs_step(account)])
    editor = factories.make_actor(account=account, permissions={EDIT})

    with pytest.raises(PermissionRefused):
        save(editor, row, trigger="event", kinds=["follow"])
    automations.switch(actor=editor, automation_id=row.pk, on=False)
    with pytest.raises(PermissionRefused):
        automations.switch(actor=editor, automation_id=row.pk, on=True)

    row.refresh_from_db()
    assert (row.trigger, row.enabled, row.version) == (TriggerType.MANUAL, False, 2)


def test_somebody_elses_is_not_there(ada_actor, cleo_actor):
    row = create(ada_actor)

    for act in (
        lambda: automations.get(cleo_actor, row.pk),
        lambda: save(cleo_actor, row, name="Mine"),
        lambda: automations.remove(actor=cleo_actor, automation_id=row.pk),
    ):
        with pytest.raises(Http404):
            act()

    assert automations.listing(cleo_actor) == []
    assert [one.name for one in automations.listing(ada_actor)] == ["Welcome"]


# --- changing


def test_change_is_told_in_the_audit_log_and_raises_the_version(ada_actor):
    row = create(ada_actor, steps=[CHAT])

    changed = save(ada_actor, row, version=1, name="Hello", steps=[WAIT, CHAT])

    assert (changed.name, changed.version, stored_steps(row)) == ("Hello", 2, [WAIT, CHAT])
    assert audited(Action.AUTOMATION_CHANGED) == [
        ({"name": "Welcome", "steps": [CHAT]}, {"name": "Hello", "steps": [WAIT, CHAT]})
    ]


def test_saving_what_is_there_already_changes_nothing(ada_actor):
    row = create(ada_actor, trigger="event", kinds=["tip"], least=5, steps=[CHAT])

    save(ada_actor, row, version=1, name="Welcome", least="5", kinds=["tip"], steps=[CHAT])

    row.refresh_from_db()
    assert row.version == 1
    assert audited(Action.AUTOMATION_CHANGED) == []


def test_who_saves_an_old_version_is_told_and_loses_nothing_of_the_other(ada_actor):
    row = create(ada_actor, steps=[CHAT])
    save(ada_actor, row, version=1, name="First")

    assert refusal(save, ada_actor, row, version=1, name="Second", steps=[]) == "automation_changed_meanwhile"

    row.refresh_from_db()
    assert (row.name, row.version, stored_steps(row)) == ("First", 2, [CHAT])


def test_bad_step_leaves_everything_as_it_was(ada_actor):
    row = create(ada_actor, steps=[CHAT])

    assert refusal(save, ada_actor, row, name="Hello", steps=[WAIT, {"type": "wait", "config": {}}]) == (
        "bad_automation_step"
    )

    row.refresh_from_db()
    assert (row.name, row.version, stored_steps(row)) == ("Welcome", 1, [CHAT])


def test_switching_is_an_entry_of_its_own(ada_actor):
    row = create(ada_actor)

    automations.switch(actor=ada_actor, automation_id=row.pk, on=False)
    automations.switch(actor=ada_actor, automation_id=row.pk, on=False)

    assert audited(Action.AUTOMATION_SWITCHED) == [({"enabled": True}, {"enabled": False})]


def test_step_whose_integration_is_gone_may_stay_and_no_new_one_may_name_it(ada_actor, account):
    step = obs_step(account)
    row = create(ada_actor, steps=[step])

    Integration.objects.all().delete()

    save(ada_actor, row, name="Still", steps=[step, CHAT])

    assert stored_steps(row) == [step, CHAT]
    assert refusal(create, ada_actor, "New", steps=[step]) == "bad_automation_step"


def test_removing_takes_its_steps_along(ada_actor):
    row = create(ada_actor, steps=[CHAT])

    automations.remove(actor=ada_actor, automation_id=row.pk)

    assert (Automation.objects.count(), Step.objects.count()) == (0, 0)
    assert [before["name"] for before, _ in audited(Action.AUTOMATION_REMOVED)] == ["Welcome"]


def test_list_takes_two_queries(ada_actor, django_assert_num_queries):
    for number in range(3):
        create(ada_actor, f"Number {number}", steps=[CHAT, WAIT])

    with django_assert_num_queries(2):
        found = [(one.name, len(one.steps.all())) for one in automations.listing(ada_actor)]

    assert found == [("Number 0", 2), ("Number 1", 2), ("Number 2", 2)]
