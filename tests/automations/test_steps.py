"""What steps can be set to: whatever else somebody sends is refused in words, and changes nothing."""

from __future__ import annotations

import pytest

from automations import steps
from automations.steps import BadStep, Surroundings, TooManySteps

OBS, BOT, GONE = "obs-id", "bot-id", "gone-id"
AROUND = Surroundings({OBS: "obs", BOT: "streamerbot"}, ["twitch", "kick"], {GONE})


def step(type: str, **config) -> dict:
    return {"type": type, "config": config}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (step("wait", seconds=0.5), {"seconds": 0.5}),
        (step("wait", seconds=300), {"seconds": 300}),
        (step("chat", text=" Hi {{name}} "), {"text": "Hi {{name}}", "platforms": []}),
        (step("chat", text="Hi", platforms=["kick", "kick"]), {"text": "Hi", "platforms": ["kick"]}),
        (
            step("obs", integration=OBS, act="scene.program", arguments={"scene": "Raid"}),
            {"integration": OBS, "act": "scene.program", "arguments": {"scene": "Raid"}},
        ),
        (
            step("obs", integration=OBS, act="replay.save"),
            {"integration": OBS, "act": "replay.save", "arguments": {}},
        ),
        (
            step("obs", integration=GONE, act="replay.save"),
            {"integration": GONE, "act": "replay.save", "arguments": {}},
        ),
        (
            step("streamerbot", integration=BOT, action="4711", action_name="Confetti", arguments={"who": "{{name}}"}),
            {"integration": BOT, "action": "4711", "action_name": "Confetti", "arguments": {"who": "{{name}}"}},
        ),
        (
            step("streamerbot", integration=BOT, action="4711", arguments={"level": 3, "loud": True}),
            {"integration": BOT, "action": "4711", "action_name": "", "arguments": {"level": 3, "loud": True}},
        ),
    ],
)
def test_what_is_fine_is_completed(given, stored):
    assert steps.checked([given], AROUND) == [{"type": given["type"], "config": stored}]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("chat", "Step 1: choose what it does: obs, streamerbot, chat, wait."),
        ({"type": ["chat"]}, "Step 1: choose what it does: obs, streamerbot, chat, wait."),
        ({"type": "chat", "config": []}, "Step 1: its settings are an object."),
        (
            step("wait", seconds=1, minutes=2),
            "Step 1: there is no setting “minutes”. There are: seconds.",
        ),
        (step("wait"), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("wait", seconds=0.4), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("wait", seconds=301), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("wait", seconds=True), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("wait", seconds=float("nan")), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("wait", seconds="5"), "Step 1: it waits for 0.5 to 300 seconds."),
        (step("chat", text="  "), "Step 1: write what is to be said in chat."),
        (step("chat"), "Step 1: write what is to be said in chat."),
        (step("chat", text="x" * 501), "Step 1: a text has 500 characters at most."),
        (step("chat", text="\x00"), "Step 1: a text has 500 characters at most."),
        (
            step("chat", text="Hi", platforms=["spotify"]),
            "Step 1: there is no chat at “spotify”. There is one at: twitch, kick.",
        ),
        (
            step("chat", text="Hi", platforms="kick"),
            "Step 1: platforms are a list, empty for the one that it came from.",
        ),
        (
            step("obs", integration=BOT, act="replay.save"),
            "Step 1: choose one of your integrations of OBS Studio. It may have been removed.",
        ),
        (
            step("obs", integration="", act="replay.save"),
            "Step 1: choose one of your integrations of OBS Studio. It may have been removed.",
        ),
        (step("obs", integration=OBS), "Step 1: choose what OBS is to do."),
        (
            step("obs", integration=OBS, act="scene.program"),
            "Step 1: “scene.program” was not understood. What it needs is: scene (its name).",
        ),
        (step("streamerbot", integration=BOT), "Step 1: choose an action of Streamer.bot."),
        (step("streamerbot", integration=BOT, action=""), "Step 1: choose an action of Streamer.bot."),
        (
            step("streamerbot", integration=OBS, action="1"),
            "Step 1: choose one of your integrations of Streamer.bot. It may have been removed.",
        ),
    ],
)
def test_what_is_not_is_refused_with_its_place_and_what_helps(given, sentence):
    with pytest.raises(BadStep) as refusal:
        steps.checked([given], AROUND)

    assert refusal.value.text == sentence


@pytest.mark.parametrize("arguments", [[], {"two words": "x"}, {"a": "x" * 1001}, {"a": {}}, {"a": None}])
def test_arguments_of_an_action_are_checked_as_by_hand(arguments):
    with pytest.raises(BadStep) as refusal:
        steps.checked([step("streamerbot", integration=BOT, action="1", arguments=arguments)], AROUND)

    assert refusal.value.text.startswith("Step 1: An action takes 20 arguments at most.")


def test_place_of_the_bad_one_is_named():
    with pytest.raises(BadStep) as refusal:
        steps.checked([step("wait", seconds=1), step("wait", seconds=0)], AROUND)

    assert refusal.value.params["step"] == 2


def test_there_are_so_many_and_no_more():
    wait = step("wait", seconds=1)

    assert len(steps.checked([wait] * 20, AROUND)) == 20
    with pytest.raises(TooManySteps):
        steps.checked([wait] * 21, AROUND)


def test_waits_are_counted_together():
    assert steps.waits([step("wait", seconds=1.5), step("chat", text="Hi"), step("wait", seconds=3)]) == 4.5
