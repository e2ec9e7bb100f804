"""What the settings make of the environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lumio.env import BadSetting, Smtp, env_smtp, env_url, host_of, read_env_file
from lumio.settings import database


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("HTTPS://Lumio.Vision:443/", "https://lumio.vision"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_are_spelled_as_browsers_do(monkeypatch, given, meant):
    monkeypatch.setenv("LUMIO_URL", given)

    assert env_url("LUMIO_URL", "") == meant


def test_what_a_database_address_asks_of_libpq_is_asked():
    settings = database("postgresql://lumio:secret@db.example/lumio?sslmode=verify-full&sslrootcert=/etc/ca.pem")

    assert settings["OPTIONS"].items() >= {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}.items()


def test_a_database_address_is_taken_apart_as_addresses_are():
    settings = database("postgresql://lu%40mio:p%2Fw%3F@db.example:5433/lumio")

    assert (settings["USER"], settings["PASSWORD"]) == ("lu@mio", "p/w?")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 5433, "lumio")


def test_a_socket_folder_is_a_host_and_no_option():
    settings = database("postgresql://lumio@/lumio?host=/run/postgresql")

    assert settings["HOST"] == "/run/postgresql"
    assert "host" not in settings["OPTIONS"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://lumio:s3cret@localhost/lumio", "takes postgresql://user:password@host/database."),
        ("postgresql://lumio:s3cret@localhost", "takes postgresql://user:password@host/database."),
        ("postgresql://lumio:5/s3cret@localhost/lumio", "takes postgresql://user:password@host/database."),
        ("postgresql://lumio:s3/cret@localhost/lumio", "is not an address. In a password write %2F for /"),
        ("postgresql://lumio:s3cret@localhost:port/lumio", "is not an address."),
        ("postgresql://lumio:s3cret@[::1/lumio", "is not an address."),
    ],
)
def test_a_database_address_that_cannot_be_meant_is_refused_and_not_repeated(url, problem):
    with pytest.raises(BadSetting) as refused:
        database(url)

    assert str(refused.value).startswith(f"Lumio cannot start: DATABASE_URL {problem}")
    assert "s3" not in str(refused.value)


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "valkey://localhost/0", "redis://"])
def test_an_address_that_is_not_of_a_valkey_is_refused(url):
    done = read("", REDIS_URL=url)

    assert done.returncode == 1
    assert done.stderr.startswith("Lumio cannot start: REDIS_URL takes redis://:password@host:6379/0")


@pytest.mark.parametrize(("given", "meant"), [("", "INFO"), ("debug", "DEBUG"), ("ERROR", "ERROR")])
def test_a_level_of_the_log_is_taken_however_it_is_spelled(given, meant):
    assert read("print(lumio.settings.LOGGING['root']['level'])", LUMIO_LOG_LEVEL=given).stdout == f"{meant}\n"


def test_a_level_that_the_log_does_not_have_is_refused():
    done = read("", LUMIO_LOG_LEVEL="verbose")

    assert done.returncode == 1
    assert done.stderr == "Lumio cannot start: LUMIO_LOG_LEVEL is 'VERBOSE'; it takes DEBUG, INFO, WARNING, ERROR.\n"


@pytest.mark.parametrize("host", ["http://192.168.1.20", "192.168.1.20:8000", "192.168.1.20; studio.lan", "*"])
def test_a_host_that_no_tablet_would_ask_for_is_refused(host):
    done = read("", LUMIO_LAN_HOSTS=f"studio.lan,{host}")

    assert done.returncode == 1
    assert done.stderr.startswith(f"Lumio cannot start: LUMIO_LAN_HOSTS names {host!r}; it takes bare names")


def test_hosts_of_the_home_network_are_names_and_addresses():
    done = read("print(lumio.settings.LUMIO_LAN_HOSTS)", LUMIO_LAN_HOSTS="192.168.1.20, Studio.lan,[fd00::20]")

    assert done.stdout == "['192.168.1.20', 'studio.lan', '[fd00::20]']\n"


def test_a_file_of_settings_that_no_editor_of_today_writes_is_refused_by_name(tmp_path):
    (tmp_path / ".env").write_text("LUMIO_OPEN_SIGNUP=1", encoding="utf-16")

    with pytest.raises(BadSetting) as refused:
        read_env_file(tmp_path / ".env")

    assert str(refused.value) == "Lumio cannot start: .env cannot be read, or is not text in UTF-8."


def test_the_mark_that_some_editors_put_before_the_first_setting_is_no_part_of_its_name(tmp_path, monkeypatch):
    monkeypatch.delenv("LUMIO_TRIED", raising=False)
    (tmp_path / ".env").write_text("LUMIO_TRIED=1", encoding="utf-8-sig")

    read_env_file(tmp_path / ".env")

    assert os.environ.pop("LUMIO_TRIED") == "1"


def test_a_file_of_a_setting_that_is_no_text_is_refused_by_name(tmp_path):
    (tmp_path / "key").write_bytes(b"\xd0\x00")

    done = read("", LUMIO_SECRET_KEY_FILE=str(tmp_path / "key"))

    assert done.returncode == 1
    assert done.stderr == "Lumio cannot start: LUMIO_SECRET_KEY_FILE points to a file that is not text.\n"


def test_a_vanished_server_is_given_up_unless_the_address_says_otherwise():
    plain = database("postgresql://lumio@db.example/lumio")["OPTIONS"]
    patient = database("postgresql://lumio@db.example/lumio?connect_timeout=60")["OPTIONS"]

    assert (plain["connect_timeout"], patient["connect_timeout"]) == ("5", "60")
    assert plain["pool"]["timeout"] < 20
    assert plain["tcp_user_timeout"] == patient["tcp_user_timeout"]


@pytest.mark.parametrize(
    ("url", "host"), [("http://[::1]:8000", "[::1]"), ("https://lumio.vision:8443", "lumio.vision"), ("", "")]
)
def test_a_host_is_spelled_as_the_host_header_does(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("", Smtp()),
        ("smtp://localhost", Smtp("localhost", 25)),
        ("smtp://[::1]:2525", Smtp("::1", 2525)),
        ("smtp://mail.example?tls=1", Smtp("mail.example", 587, starts_tls=True)),
        ("smtps://mail.example/", Smtp("mail.example", 465, is_tls=True)),
        ("smtp://lu%40mio:p%2Fw%3A%3F@mail.example:587?tls=1",
         Smtp("mail.example", 587, "lu@mio", "p/w:?", starts_tls=True)),
    ],
)  # fmt: skip
def test_a_mail_server_is_taken_apart_as_addresses_are(monkeypatch, given, meant):
    monkeypatch.setenv("LUMIO_EMAIL_URL", given)

    assert env_smtp("LUMIO_EMAIL_URL") == meant


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("http://u:s3cret@mail.example", "takes smtp://"),
        ("mail.example:25", "takes smtp://"),
        ("smtp://", "takes smtp://"),
        ("smtp://u:s3cret@mail.example/inbox", "takes smtp://"),
        ("smtp://u:s3cret@mail.example:mail", "is not an address"),
        ("smtp://u:s3cret@[mail.example", "is not an address"),
        ("smtp://u@mail.example", "has a user name without a password"),
        ("smtp://:s3cret@mail.example", "or a password without a user name"),
        ("smtp://u:s3cret@mail.example?ssl=1", "takes nothing after the question mark"),
        ("smtp://u:s3cret@mail.example?tls=maybe", "takes nothing after the question mark"),
        ("smtps://u:s3cret@mail.example?tls=1", "takes nothing after the question mark"),
    ],
)
def test_a_mail_server_that_cannot_be_meant_is_refused_by_name(monkeypatch, given, problem):
    monkeypatch.setenv("LUMIO_EMAIL_URL", given)

    with pytest.raises(BadSetting) as refused:
        env_smtp("LUMIO_EMAIL_URL")

    assert str(refused.value).startswith("Lumio cannot start: LUMIO_EMAIL_URL ")
    assert problem in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "Lumio", "Lumio <lumio>", "lumio@"])
def test_mail_needs_a_sender(sender):
    done = read("", LUMIO_EMAIL_URL="smtp://localhost", LUMIO_EMAIL_FROM=sender)

    assert done.returncode == 1
    assert done.stderr.startswith("Lumio cannot start: LUMIO_EMAIL_FROM has to name the sender")


@pytest.mark.parametrize(
    ("given", "meant"),
    [("", ("7tv", "bttv", "ffz")), ("ffz, 7tv", ("ffz", "7tv")), ("none", ())],
)
def test_the_operator_says_whose_emotes_are_looked_for(given, meant):
    assert read(f"print(lumio.settings.LUMIO_EMOTES == {meant!r})", LUMIO_EMOTES=given).stdout == "True\n"


def test_nobody_has_heard_of_another_provider():
    done = read("", LUMIO_EMOTES="7tv,ffzz")

    assert done.returncode == 1
    assert done.stderr.startswith("Lumio cannot start: LUMIO_EMOTES names ffzz; it takes 7tv, bttv and ffz, or none.")


def test_webhooks_arrive_where_people_do_unless_there_is_a_tunnel():
    code = "print(lumio.settings.LUMIO_WEBHOOK_URL, lumio.settings.LUMIO_WEBHOOK_HOST in lumio.settings.ALLOWED_HOSTS)"

    assert read(code, LUMIO_URL="https://lumio.example").stdout == "https://lumio.example True\n"
    assert read(code, LUMIO_WEBHOOK_URL="https://a.tunnel.example/").stdout == "https://a.tunnel.example True\n"


def test_webhooks_never_arrive_where_overlays_are():
    done = read("", LUMIO_WEBHOOK_URL="http://overlay.localhost:8000")

    assert done.returncode == 1
    assert done.stderr.startswith("Lumio cannot start: LUMIO_WEBHOOK_URL cannot have the host of LUMIO_OVERLAY_URL")


def read(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    argv = [sys.executable, "-c", f"import lumio.settings\n{code}"]
    return subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True)
