"""The settings as a whole, in processes of their own: what is wrong stops Libra before it does anything."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "LIBRA_PRODUCTION": "on",
    "LIBRA_SECRET_KEY": "k9" * 15 + "Zq7!x_Lm2#Rt5&Vb8(Np1)Wd4=",
    "LIBRA_ALLOWED_HOSTS": "libra.example",
}


def manage(*arguments, tmp_path, **environment):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LIBRA_", "DJANGO_ALLOW_"))}
    env |= {"LIBRA_DATA_DIR": str(tmp_path / "data")} | environment
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def settings(*names, tmp_path, **environment):
    code = f"import json; from django.conf import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"
    done = manage("shell", "-v0", "-c", code, tmp_path=tmp_path, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_production_passes_django_s_own_deployment_check(tmp_path):
    done = manage("check", "--deploy", "--fail-level", "WARNING", tmp_path=tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"LIBRA_SECRET_KEY": ""}, "LIBRA_SECRET_KEY is not set."),
        ({"LIBRA_ALLOWED_HOSTS": ""}, "LIBRA_ALLOWED_HOSTS is not set."),
        ({"LIBRA_DEBUG": "on"}, "LIBRA_DEBUG shows the inside of Libra to everybody."),
        ({"LIBRA_MAIL_URL": "mail.example"}, "LIBRA_MAIL_URL is not a mail server."),
        ({"LIBRA_TIMING_DAYS": "-1"}, "LIBRA_TIMING_DAYS is '-1'."),
        ({"LIBRA_DATA_DIR": "/proc/nowhere"}, "LIBRA_DATA_DIR names /proc/nowhere, which cannot be made"),
        ({"LIBRA_CURRENCY": "QUID"}, "LIBRA_CURRENCY is 'QUID'."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_stops_production_with_a_sentence(tmp_path, change, sentence):
    done = manage("check", tmp_path=tmp_path, **PRODUCTION | change)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {sentence}" in done.stderr


def test_nothing_set_is_a_trial_on_sqlite_with_the_worker_inside(tmp_path):
    without = {"DATABASE_URL": "", "REDIS_URL": ""}
    names = ("EMBEDDED_WORKER", "DEBUG", "SESSION_COOKIE_SECURE", "CELERY_BROKER_URL")
    assert settings(*names, tmp_path=tmp_path, **without) == [True, False, False, "memory://localhost/"]


def test_the_trial_s_secret_key_is_made_once_and_readable_by_its_user_only(tmp_path):
    first, second = (settings("SECRET_KEY", tmp_path=tmp_path) for _ in range(2))
    path = tmp_path / "data/secret_key"
    assert first == second == [path.read_text()]
    assert len(first[0]) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.iterdir() if one.is_file()) == ["secret_key"]


def test_production_s_cookies_travel_over_tls_only(tmp_path):
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME", "SESSION_COOKIE_AGE")
    assert settings(*names, tmp_path=tmp_path, **PRODUCTION) == [True, True, "__Host-session", 8 * 3600]


def test_redis_takes_the_worker_out_of_the_web_process(tmp_path):
    names = ("EMBEDDED_WORKER", "CELERY_BROKER_URL")
    assert settings(*names, tmp_path=tmp_path, REDIS_URL="redis://r:6379/0") == [False, "redis://r:6379/0"]


def test_mail_goes_to_a_server_where_one_is_named_and_into_files_otherwise(tmp_path):
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    url = "smtp://libra:p%40ss@mail.example"
    assert settings(*names, tmp_path=tmp_path, LIBRA_MAIL_URL=url) == ["mail.example", 587, "p@ss", True]
    assert settings("EMAIL_BACKEND", tmp_path=tmp_path)[0].endswith("filebased.EmailBackend")


def test_the_change_log_begins_with_this_version():
    from django.conf import settings as ours

    heading = next(line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    assert heading.startswith(f"## v{ours.VERSION} - ")
