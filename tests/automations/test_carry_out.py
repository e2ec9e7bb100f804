"""What steps do: to OBS, Streamer.bot and the chats, as the account itself, and in which words they fail."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.enums import Action, Via
from accounts.models import AuditEntry
from automations.domain import runner
from automations.domain.failures import problem
from automations.models import RunStep
from connections.domain import orders
from connections.platforms.failures import NotSent
from integrations.domain import commands
from integrations.models import Integration
from integrations.tools.failures import ActionGone
from tests import factories
from tests.automations.made import make_run
from tests.connections.chatters import STREAMER, Kettle, connect
from tests.connections.conftest import kettle  # noqa: F401  # fixture

#: Chats are written into in threads of their own.
pytestmark = pytest.mark.django_db(transaction=True)


class Tools:
    """In the place of what holds the connections to tools: remembers what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.failure: Exception | None = None

    def __call__(self, row: Integration, command: str, data: dict[str, Any], **options: Any) -> dict[str, Any]:
        self.asked.append((row.label, command, data))
        if self.failure:
            raise self.failure
        return {"name": "Confetti"}


@pytest.fixture
def tools(monkeypatch) -> Tools:
    made = Tools()
    monkeypatch.setattr(commands, "ask", made)
    return made


@pytest.fixture
def channel(kettle, account):  # noqa: F811
    """Mira's, in a chat where a message has 40 characters."""
    return connect(account)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(orders, "WAITS_FOR", 0.0)


def obs_step(integration_id: object) -> dict[str, Any]:
    config = {"integration": str(integration_id), "act": "scene.program", "arguments": {"scene": "Raid"}}
    return {"type": "obs", "config": config}


def bot_step(integration_id: object, **arguments: Any) -> dict[str, Any]:
    config = {"integration": str(integration_id), "action": "4711", "action_name": "Old", "arguments": arguments}
    return {"type": "streamerbot", "config": config}


def chat_step(text: str, *platforms: str) -> dict[str, Any]:
    return {"type": "chat", "config": {"text": text, "platforms": list(platforms)}}


def done(account, step: dict[str, Any], **fields: Any) -> RunStep:
    """The step after a run of it alone."""
    run = make_run(account=account, steps=[step], **fields)
    runner.work(run.pk)
    return RunStep.objects.get(run=run)


def said(platform: Kettle) -> list[str]:
    return [text for _, _, text in platform.asked.calls]


# --- OBS


def test_obs_is_told_and_the_log_names_the_automation(account, tools):
    row = factories.make_integration(account=account)

    step = done(account, obs_step(row.pk), name="Raids")

    assert tools.asked == [("OBS Studio", "act", {"act": "scene.program", "scene": "Raid"})]
    assert (step.state, step.outcome) == (
        "done",
        {"tool": "OBS Studio", "act": "scene.program", "arguments": {"scene": "Raid"}},
    )
    [entry] = AuditEntry.objects.filter(action=Action.OBS_CONTROLLED)
    assert (entry.via, entry.via_detail, entry.actor_id) == (Via.SYSTEM, "Raids", None)


def test_integration_that_was_removed_fails_its_step_in_words(account, tools):
    step = done(account, obs_step(uuid.uuid4()))

    assert (step.state, tools.asked) == ("failed", [])
    assert problem(step).text == (
        "The OBS Studio that this step used was removed from Lumio. Choose another one in the automation."
    )


def test_integration_of_another_account_or_tool_counts_as_removed(account, cleo_actor, tools):
    foreign = factories.make_integration(account=cleo_actor.account)
    other = factories.make_integration(account=account, tool="streamerbot")

    steps = [done(account, obs_step(foreign.pk)), done(account, obs_step(other.pk))]

    assert [step.failure_code for step in steps] == ["integration_gone"] * 2
    assert tools.asked == []


def test_integration_that_is_switched_off_says_so(account):
    row = factories.make_integration(account=account, is_enabled=False)

    step = done(account, obs_step(row.pk))

    assert problem(step).text == ("OBS Studio is switched off in Lumio. Click Enable on the Connections page.")


# --- Streamer.bot


def test_action_gets_its_arguments_filled(account, tools):
    row = factories.make_integration(account=account, tool="streamerbot")
    long = "x" * 2_000

    step = done(
        account,
        bot_step(row.pk, who="{{name}}", text="{{message}}", level=3, loud=True),
        variables={"name": "Grace", "message": long},
    )

    arguments = {"who": "Grace", "text": "x" * 1_000, "level": 3, "loud": True}
    assert tools.asked == [("Streamer.bot", "do", {"id": "4711", "arguments": arguments})]
    assert (step.state, step.outcome) == ("done", {"tool": "Streamer.bot", "action": "Confetti"})


def test_action_that_is_no_longer_there_is_said_to_be(account, tools):
    row = factories.make_integration(account=account, tool="streamerbot")
    tools.failure = ActionGone(tool="Streamer.bot")

    step = done(account, bot_step(row.pk))

    assert problem(step).text == "Streamer.bot has no such action any more. Choose another one."


# --- chat


def test_message_goes_where_it_came_from(account, channel, kettle):  # noqa: F811
    step = done(account, chat_step("Hi {{name}}"), platform="kettle", variables={"name": "Grace"})

    assert kettle.asked.calls == [("say", STREAMER, "Hi Grace")]
    assert (step.state, step.outcome) == (
        "done",
        {"said": "Hi Grace", "sent": ["Kettle"], "waiting": [], "failed": []},
    )


def test_by_hand_it_goes_into_every_chat_that_there_is(account, channel, kettle):  # noqa: F811
    done(account, chat_step("Hi"))

    assert said(kettle) == ["Hi"]


def test_chosen_platforms_get_it_whatever_triggered_it(account, channel, kettle):  # noqa: F811
    step = done(account, chat_step("Hi", "twitch", "kettle"), platform="twitch")

    assert said(kettle) == ["Hi"]
    assert (step.state, step.outcome["sent"], step.outcome["failed"]) == ("failed", ["Kettle"], ["Twitch"])
    assert problem(step).text.startswith("Nobody can speak at Twitch for you.")


def test_what_is_too_long_for_a_chat_is_shortened_there(account, channel, kettle):  # noqa: F811
    done(account, chat_step("{{message}}"), platform="kettle", variables={"message": "x" * 50})

    assert said(kettle) == ["x" * 39 + "…"]


def test_viewer_cannot_have_it_give_commands(account, channel, kettle):  # noqa: F811
    done(account, chat_step("{{message}}"), platform="kettle", variables={"message": "/ban ada"})

    assert said(kettle) == ["ban ada"]


def test_nothing_to_say_fails_in_words(account, channel, kettle):  # noqa: F811
    step = done(account, chat_step("{{message}}"), platform="kettle", variables={"message": "/"})

    assert (step.state, said(kettle)) == ("failed", [])
    assert problem(step).text == "There is nothing to read in this message. Write something, then send it."


def test_nowhere_to_send_fails_in_words(account, kettle):  # noqa: F811
    step = done(account, chat_step("Hi"))

    assert problem(step).code == "nowhere_to_send"


def test_what_the_platform_says_is_told(account, channel, kettle):  # noqa: F811
    kettle.asked.answers = [NotSent(platform="Kettle", reason="slow down")]

    step = done(account, chat_step("Hi"), platform="kettle")

    assert (step.state, problem(step).code, problem(step).params["reason"]) == ("failed", "not_sent", "slow down")


def test_channel_is_asked_for_where_it_is_named(account, channel, kettle):  # noqa: F811
    done(account, chat_step("Live at {{channel}}"), platform="kettle")

    assert said(kettle) == ["Live at Ada live"]
