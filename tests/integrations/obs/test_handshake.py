"""Test Connection: what is found, or the one cause that a person is told."""

from __future__ import annotations

import asyncio
import base64
import socket
import time

import pytest

from integrations.obs import handshake
from integrations.tools.failures import (
    HostNotAllowed,
    Kicked,
    LinkLost,
    Misunderstood,
    NoAnswer,
    NotATool,
    NotRunning,
    PasswordMissing,
    TooOld,
    UnknownHost,
    WrongPassword,
)
from integrations.tools.link import Closed
from lumio.lib import network
from lumio.lib.secrets import Secret
from tests.fakes.obs import Obs
from tests.fakes.server import HOST
from tests.integrations.obs.conftest import PASSWORD
from tests.processes.process import free_port

SALT = base64.b64encode(b"s" * 32).decode()
CHALLENGE = base64.b64encode(b"c" * 32).decode()


async def met(port: int, password: str | None = PASSWORD, host: str = HOST):
    return await handshake.test(host, port, Secret(password) if password else None)


def test_the_answer_is_the_one_that_obs_works_out():
    """The example of the documentation of obs-websocket."""
    salt, challenge = "lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=", "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY="

    assert handshake.answer(Secret("supersecretpassword"), salt, challenge) == (
        "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="
    )


@pytest.mark.parametrize(
    "given",
    ["", "short", SALT[:-4], SALT + "AAAA", "?" * 44, f"{SALT}\n", "ä" * 44, None, 7, [SALT], {"a": 1}],
)
@pytest.mark.parametrize("which", ["salt", "challenge"])
def test_nothing_is_signed_but_what_obs_makes(given, which):
    pair = {"salt": SALT, "challenge": CHALLENGE} | {which: given}

    with pytest.raises(Misunderstood):
        handshake.answer(Secret(PASSWORD), pair["salt"], pair["challenge"])


@pytest.mark.parametrize(
    ("code", "failure"),
    [(4009, WrongPassword), (4010, TooOld), (4011, Kicked), (1001, LinkLost), (1006, LinkLost), (4008, LinkLost)],
)
def test_a_close_code_says_what_is_wrong(code, failure):
    assert type(handshake.failure_of(Closed(code))) is failure


async def test_it_finds_an_obs(obs: Obs):
    found = await met(obs.port)

    assert (found.version, found.is_protected) == ("30.1.2", True)
    assert obs.received()[0]["d"].keys() == {"rpcVersion", "eventSubscriptions", "authentication"}


async def test_an_obs_without_a_password_is_not_shown_ours(obs: Obs):
    obs.configure(password="")

    found = await met(obs.port)

    assert (found.is_protected, "authentication" in obs.received()[0]["d"]) == (False, False)


async def test_it_leaves_when_it_is_done(obs: Obs):
    await met(obs.port)

    assert obs.clients() == []


@pytest.mark.parametrize(
    ("password", "failure"),
    [("something else", WrongPassword), (PASSWORD.upper(), WrongPassword), (None, PasswordMissing)],
)
async def test_a_password_that_does_not_fit(obs: Obs, password, failure):
    with pytest.raises(failure):
        await met(obs.port, password)

    assert obs.asked() == []


@pytest.mark.parametrize("salt", ["", 7, None, "c2hvcnQ="])
async def test_a_hello_with_a_made_up_salt_is_not_answered(obs: Obs, salt):
    obs.sessions.salt = salt

    with pytest.raises(Misunderstood):
        await met(obs.port)

    assert obs.received() == []


async def test_nothing_listens_there(settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    port = free_port()

    with pytest.raises(NotRunning) as failure:
        await met(port)

    assert failure.value.params == {"tool": "OBS Studio", "address": f"127.0.0.1:{port}"}


async def test_nobody_has_that_name():
    with pytest.raises(UnknownHost):
        await met(4455, host="nobody.invalid")


async def test_hosted_lumio_does_not_go_home(obs: Obs, settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = False

    with pytest.raises(HostNotAllowed):
        await met(obs.port)

    assert obs.calls() == []


@pytest.mark.parametrize(
    "fault", [{"status": 200, "body": "a web page"}, {"status": 404}, {"status": 503}, {"close": True}]
)
async def test_another_program_answers(obs: Obs, fault):
    obs.fail("/", **fault)

    with pytest.raises(NotATool) as failure:
        await met(obs.port)

    assert "a web page" not in failure.value.text


@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_a_redirect_leads_nowhere(obs: Obs, scheme: str):
    with Obs() as elsewhere:
        obs.fail("/", redirect=f"{scheme}://127.0.0.1:{elsewhere.port}/")

        with pytest.raises(NotATool):
            await met(obs.port)

        assert elsewhere.calls() == []


async def test_a_proxy_of_the_environment_is_not_used(obs: Obs, monkeypatch):
    for name in ("http_proxy", "https_proxy", "ws_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    assert (await met(obs.port)).version == "30.1.2"


async def test_whoever_accepts_and_says_nothing_is_given_up_after_five_seconds(settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with socket.create_server((HOST, 0)) as silent:
        began = time.monotonic()

        with pytest.raises(NoAnswer):
            await met(silent.getsockname()[1])

        assert 4.5 < time.monotonic() - began < 7


async def test_whoever_never_accepts_is_given_up(monkeypatch):
    async def never(host, port):
        await asyncio.sleep(60)

    monkeypatch.setattr(network, "connect", never)
    monkeypatch.setattr(handshake, "SECONDS", 0.2)

    with pytest.raises(NoAnswer) as failure:
        await met(4455, host="obs.example")

    assert failure.value.params["address"] == "obs.example:4455"


async def test_answers_that_drip_do_not_hold_us_up(obs: Obs, monkeypatch):
    monkeypatch.setattr(handshake, "SECONDS", 0.5)
    obs.spoil("GetVersion", "not_ready", times=None)

    began = time.monotonic()
    with pytest.raises(NoAnswer):
        await met(obs.port)

    assert time.monotonic() - began < 3


async def test_a_version_that_is_none_is_not_understood(obs: Obs):
    obs.sessions.requests.table["GetVersion"] = lambda data: {"obsVersion": 30, "availableRequests": []}

    with pytest.raises(Misunderstood):
        await met(obs.port)


async def test_a_version_is_not_longer_than_we_keep(obs: Obs):
    obs.configure(obs_version="9" * 5000)

    assert (await met(obs.port)).version == "9" * 40
