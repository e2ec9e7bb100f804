"""Whose signature is believed, and when Kick is asked for its key."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from connections.platforms.kick import signature
from connections.platforms.kick.signature import KEY_OF_2026, PublicKey, is_signed
from connections.platforms.webhooks import Delivery

PUBLIC_KEY = "/public/v1/public-key"


def pem_of(key) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def delivery_of(kick, body: str = '{"a": 1}', *, forged: bool = False, **changes: str | None) -> Delivery:
    sent = kick.webhooks.signed("channel.followed", body, url="http://localhost/", forged=forged)
    headers = {name.lower(): value for name, value in sent.headers.items()}
    headers |= {name.replace("_", "-"): value for name, value in changes.items() if value is not None}
    for name in [name for name, value in changes.items() if value is None]:
        del headers[name.replace("_", "-")]
    return Delivery(headers, sent.body.encode())


@pytest.fixture
def key() -> PublicKey:
    return PublicKey()


class TestASignature:
    def test_of_kick(self, kick, key):
        assert key.signed(delivery_of(kick))

    def test_of_somebody_else(self, kick, key):
        assert not key.signed(delivery_of(kick, forged=True))

    @pytest.mark.parametrize("changed", ["id", "timestamp", "body", "space"])
    def test_covers_id_time_and_body_to_the_last_byte(self, kick, key, changed):
        true = delivery_of(kick)
        changes = {
            "id": Delivery({**true.headers, "kick-event-message-id": "01JMJVAGE9JQS97VRB00000000"}, true.body),
            "timestamp": Delivery({**true.headers, "kick-event-message-timestamp": "2026-10-03T18:00:00Z"}, true.body),
            "body": Delivery(true.headers, b'{"a": 2}'),
            "space": Delivery(true.headers, true.body + b" "),
        }

        assert not key.signed(changes[changed])

    @pytest.mark.parametrize(
        "changes",
        [
            {"kick_event_signature": None},
            {"kick_event_signature": ""},
            {"kick_event_signature": "no base64!"},
            {"kick_event_signature": base64.b64encode(b"short").decode()},
            {"kick_event_message_id": None},
            {"kick_event_message_id": "\N{OTTER}"},
            {"kick_event_message_timestamp": None},
        ],
    )
    def test_that_is_none(self, kick, key, changes):
        assert not key.signed(delivery_of(kick, **changes))

    def test_with_another_padding(self, kick, key):
        true = delivery_of(kick)
        head = f"{true.headers['kick-event-message-id']}.{true.headers['kick-event-message-timestamp']}.".encode()
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        signed = kick.webhooks.key.sign(head + true.body, pss, hashes.SHA256())
        headers = {**true.headers, "kick-event-signature": base64.b64encode(signed).decode()}

        assert not key.signed(Delivery(headers, true.body))


class TestTheKey:
    def test_is_asked_for_once(self, kick, key):
        assert [key.signed(delivery_of(kick)) for _ in range(5)] == [True] * 5
        assert len(kick.calls(PUBLIC_KEY)) == 1

    def test_is_not_asked_for_by_whoever_forges(self, kick, key):
        assert [key.signed(delivery_of(kick, forged=True)) for _ in range(5)] == [False] * 5
        assert len(kick.calls(PUBLIC_KEY)) == 1

    def test_that_is_new_is_asked_for_once_ten_minutes_have_passed(self, kick, key, monkeypatch):
        assert key.signed(delivery_of(kick))
        kick.webhooks.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        assert not key.signed(delivery_of(kick))

        later = signature.time.monotonic() + 601
        monkeypatch.setattr(signature.time, "monotonic", lambda: later)

        assert key.signed(delivery_of(kick))
        assert len(kick.calls(PUBLIC_KEY)) == 2

    def test_is_the_one_of_2026_while_kick_cannot_be_asked(self, kick, key, monkeypatch):
        believed = []
        monkeypatch.setattr(signature, "is_signed", lambda delivery, pem: bool(believed.append(pem)))
        kick.fail(PUBLIC_KEY, status=503, times=None)

        assert not key.signed(delivery_of(kick))
        assert set(believed) == {KEY_OF_2026}

    @pytest.mark.parametrize(
        "answered",
        ["", "no key", pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)), None, 7],  # noqa: S505
    )
    def test_stays_while_kick_answers_none(self, kick, key, answered):
        kick.fail(PUBLIC_KEY, body={"data": {"public_key": answered}, "message": "OK"}, times=None)

        assert not key.signed(delivery_of(kick))
        assert is_signed(delivery_of(kick), kick.webhooks.public_pem)

    def test_can_be_set_by_the_operator(self, kick, key, settings):
        settings.KICK_PUBLIC_KEY = kick.webhooks.public_pem

        assert key.signed(delivery_of(kick))
        assert not key.signed(delivery_of(kick, forged=True))
        assert kick.calls(PUBLIC_KEY) == []

    def test_of_another_kind_is_none(self, kick):
        curve = ec.generate_private_key(ec.SECP256R1())

        assert not is_signed(delivery_of(kick), pem_of(curve))

    def test_of_a_kind_that_nobody_knows_is_none(self, kick, monkeypatch):
        def refuse(*_: object) -> None:
            raise UnsupportedAlgorithm("of a curve that is not built in")

        monkeypatch.setattr(signature, "load_pem_public_key", refuse)

        assert not is_signed(delivery_of(kick), kick.webhooks.public_pem)

    def test_of_2026_can_be_read(self):
        assert signature._loaded(KEY_OF_2026) is not None
