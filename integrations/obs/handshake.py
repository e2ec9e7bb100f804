"""Meeting an obs-websocket: Hello, Identify, Identified, and the first question.

Done by ourselves wherever the connection comes from, because only the close code tells a wrong password from an old
version, which obsws-python drops. Source: shared/platforms/obs.md, sections 2 and 3, measured on OBS 29.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from dataclasses import dataclass
from typing import Any

from integrations.enums import Tool
from integrations.obs import requests
from integrations.tools import challenge as challenges
from integrations.tools import dial
from integrations.tools.challenge import Sign
from integrations.tools.failures import (
    Busy,
    Kicked,
    LinkLost,
    Misunderstood,
    NoAnswer,
    NotATool,
    PasswordMissing,
    ToolFailure,
    TooOld,
    WrongPassword,
)
from integrations.tools.link import Closed, Found, Transport
from lumio.lib.secrets import Secret

#: General, Config, Scenes, Transitions, Inputs, Outputs, SceneItems, MediaInputs, Ui; nothing of high volume.
EVENTS = 1503
#: For everything up to the first answer.
SECONDS = 5.0
#: A server that has not said Hello by then is asked whether it is one of the 4.x versions, which wait to be asked.
HELLO_SECONDS = 3.0
#: OBS starts or changes its collection: asked again after so long.
NOT_READY_SECONDS = 0.25
NAME = Tool.OBS.label
LONGEST_VERSION = 40


@dataclass(frozen=True, slots=True)
class Identified:
    """An OBS that took us in. `requests` are those it knows."""

    found: Found
    requests: frozenset[str]


def answer(password: Secret, salt: str, challenge: str) -> str:
    """What proves to know the password. Raises Misunderstood unless both are base64 of 32 bytes, as OBS makes them:
    whoever may choose them freely could try passwords on the answers.
    """
    for given in (salt, challenge):
        try:
            is_genuine = isinstance(given, str) and len(base64.b64decode(given, validate=True)) == 32
        except (binascii.Error, ValueError):
            is_genuine = False
        if not is_genuine:
            raise Misunderstood(tool=NAME)
    return challenges.answer(password, salt, challenge)


def signing(password: Secret | None) -> Sign:
    async def sign(salt: str, challenge: str) -> str:
        if password is None:
            raise PasswordMissing(tool=NAME)
        return answer(password, salt, challenge)

    return sign


async def test(host: str, port: int, password: Secret | None) -> Found:
    """Connect, ask for the version and leave, within five seconds. Raises the ToolFailure that says what is wrong."""
    try:
        async with asyncio.timeout(SECONDS):
            transport = await dial.open(host, port, "/", Tool.OBS)
            try:
                return (await identify(transport, signing(password), address=dial.address_of(host, port))).found
            finally:
                await transport.close()
    except TimeoutError as error:
        raise NoAnswer(tool=NAME, address=dial.address_of(host, port)) from error


async def identify(transport: Transport, sign: Sign, *, address: str) -> Identified:
    """From an open connection to an answered GetVersion, within five seconds. Raises ToolFailure."""
    try:
        async with asyncio.timeout(SECONDS):
            hello = await _hello(transport, address)
            challenge = hello.get("authentication")
            # Always a string, or nothing: anything else ends an OBS before 29.1 altogether.
            proof = {"authentication": str(await sign(*_pair(challenge)))} if challenge is not None else {}
            await transport.send({"op": 1, "d": {"rpcVersion": 1, "eventSubscriptions": EVENTS} | proof})
            await _next(transport, 2)
            return await _version(transport, is_protected=challenge is not None)
    except TimeoutError as error:
        raise NoAnswer(tool=NAME, address=address) from error
    except Closed as closed:
        raise failure_of(closed) from closed


def failure_of(closed: Closed) -> ToolFailure:
    """What the code says that OBS closed a connection with."""
    match closed.code:
        case 4009:
            return WrongPassword(tool=NAME)
        case 4010:
            return TooOld(tool=NAME)
        case 4011:
            return Kicked(tool=NAME)
        case _:
            return LinkLost(tool=NAME)


async def _hello(transport: Transport, address: str) -> dict[str, Any]:
    """The `d` of a Hello. Raises NotATool for a server that says something else, and TooOld for a 4.x one."""
    stranger = NotATool(tool=NAME, address=address)
    try:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                frame = await transport.receive()
        except TimeoutError:
            await transport.send({"request-type": "GetVersion", "message-id": "1"})
            async with asyncio.timeout(SECONDS - HELLO_SECONDS - 0.5):
                frame = await transport.receive()
    except (Closed, Misunderstood, TimeoutError) as error:
        raise stranger from error
    if "message-id" in frame:
        raise TooOld(tool=NAME)
    hello = frame.get("d")
    if frame.get("op") != 0 or not isinstance(hello, dict) or "rpcVersion" not in hello:
        raise stranger
    return hello


def _pair(challenge: Any) -> tuple[str, str]:
    if not isinstance(challenge, dict):
        raise Misunderstood(tool=NAME)
    return challenge.get("salt", ""), challenge.get("challenge", "")


async def _version(transport: Transport, *, is_protected: bool) -> Identified:
    while True:
        asked = time.monotonic()
        await transport.send(requests.frame("GetVersion", "version"))
        answered = await _next(transport, 7)
        latency = round((time.monotonic() - asked) * 1000)
        try:
            data = requests.outcome(answered)
        except Busy:
            await asyncio.sleep(NOT_READY_SECONDS)
            continue
        version, known = data.get("obsVersion"), data.get("availableRequests")
        if not isinstance(version, str) or not isinstance(known, list):
            raise Misunderstood(tool=NAME)
        found = Found(version[:LONGEST_VERSION], latency, is_protected=is_protected)
        return Identified(found, frozenset(name for name in known if isinstance(name, str)))


async def _next(transport: Transport, op: int) -> Any:
    """The `d` of the next frame of this kind."""
    while True:
        frame = await transport.receive()
        if frame.get("op") == op:
            return frame.get("d")
