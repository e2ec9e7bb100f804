"""Whether Kick sent what came. Facts: https://docs.kick.com/events/webhook-security.

All apps share one key: a signature shows that Kick sent it to somebody, not that it was sent to us.
"""

from __future__ import annotations

import base64
import binascii
import logging
import threading
import time

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from connections.platforms.failures import PlatformFailure
from connections.platforms.kick import api
from connections.platforms.kick.parse import MESSAGE_ID, SIGNATURE, TIMESTAMP
from connections.platforms.webhooks import Delivery

log = logging.getLogger(__name__)

#: The key that Kick published in June 2026, until Kick has been asked.
KEY_OF_2026 = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq/+l1WnlRrGSolDMA+A8
6rAhMbQGmQ2SapVcGM3zq8ANXjnhDWocMqfWcTd95btDydITa10kDvHzw9WQOqp2
MZI7ZyrfzJuz5nhTPCiJwTwnEtWft7nV14BYRDHvlfqPUaZ+1KR4OCaO/wWIk/rQ
L/TjY0M70gse8rlBkbo2a8rKhu69RQTRsoaf4DVhDPEeSeI5jVrRDGAMGL3cGuyY
6CLKGdjVEM78g3JfYOvDU/RvfqD7L89TZ3iN94jrmWdGz34JNlEI5hqK8dd7C5EF
BEbZ5jgB8s8ReQV8H+MkuffjdAj3ajDDX3DOJMIut1lBrUVD1AaSrGCKHooWoL2e
twIDAQAB
-----END PUBLIC KEY-----
"""
#: Seconds between two times of asking Kick for its key.
ASKED_EVERY = 600.0
SMALLEST_KEY = 2048


class PublicKey:
    """Kick's key as this process knows it: asked for at first and, when a signature does not fit, again."""

    def __init__(self) -> None:
        self._pem = KEY_OF_2026
        self._asked_at = float("-inf")
        self._asking = threading.Lock()

    def signed(self, delivery: Delivery) -> bool:
        """Whether it bears Kick's signature. Never raises."""
        if settings.KICK_PUBLIC_KEY:
            return is_signed(delivery, settings.KICK_PUBLIC_KEY)
        if self._asked_at == float("-inf"):
            self._ask_again(self._pem)
        pem = self._pem
        return is_signed(delivery, pem) or (self._ask_again(pem) and is_signed(delivery, self._pem))

    def _ask_again(self, known: str) -> bool:
        """Ask Kick, unless somebody just did; whether the key is now another one than `known`."""
        with self._asking:
            if self._pem == known and time.monotonic() - self._asked_at >= ASKED_EVERY:
                self._asked_at = time.monotonic()
                try:
                    pem = api.public_key()
                except PlatformFailure as failure:
                    log.warning("Kick's key could not be asked for: %s", failure)
                else:
                    if _loaded(pem) is not None:
                        self._pem = pem
            return self._pem != known


def is_signed(delivery: Delivery, pem: str) -> bool:
    """RSA PKCS#1 v1.5 with SHA-256 over id, time and body as they came."""
    key = _loaded(pem)
    try:
        signature = base64.b64decode(delivery.headers[SIGNATURE], validate=True)
        head = f"{delivery.headers[MESSAGE_ID]}.{delivery.headers[TIMESTAMP]}.".encode("latin-1")
    except (KeyError, binascii.Error, ValueError):
        return False
    if key is None:
        return False
    try:
        key.verify(signature, head + delivery.body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _loaded(pem: str) -> RSAPublicKey | None:
    """The key in a PEM; None for what is none, or too small a one."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= SMALLEST_KEY else None


KEY = PublicKey()
