from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from accounts import hashing


@pytest.mark.parametrize("method", ["encode", "verify"])
def test_many_who_sign_in_at_once_do_not_fill_the_memory(monkeypatch, method):
    stored = make_password("right")
    hashed = getattr(Argon2PasswordHasher, method)
    under_way, most, lock = 0, 0, threading.Lock()

    def watched(*args: str) -> object:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.01)
        with lock:
            under_way -= 1
        return hashed(*args)

    monkeypatch.setattr(Argon2PasswordHasher, method, watched)
    ask = make_password if method == "encode" else lambda password: check_password(password, stored)
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(ask, ["wrong"] * 10))

    assert most <= hashing.AT_ONCE


def test_what_was_hashed_before_is_still_known():
    assert check_password("right", Argon2PasswordHasher().encode("right", "some-salt"))
    assert not check_password("wrong", Argon2PasswordHasher().encode("right", "some-salt"))
