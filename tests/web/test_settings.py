import os
import re
from pathlib import Path

import pytest

from cds_service.errors import SettingsError
from cds_service.settings import NAMES, Settings
from cds_service.web import create_app
from cds_service.web.server import serve

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "env.example"
PRODUCTION = {
    "SIGNOFF_MODE": "production",
    "SIGNOFF_PUBLIC_URL": "https://signoff.example",
    "SIGNOFF_SECRET_KEY": "x" * 40,
    "SIGNOFF_CLIENTS": "clients.yaml",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return str(caught.value).splitlines()


def test_nothing_set_is_the_demo() -> None:
    settings = Settings.from_env({"PATH": "/bin", "HOME": "/root"})
    assert settings == Settings()
    assert (settings.mode, settings.public_url) == ("demo", "http://127.0.0.1:8000")
    assert settings.max_body_bytes == 8388608


def test_every_setting_is_read() -> None:
    given = {
        "SIGNOFF_MODE": "demo",
        "SIGNOFF_PUBLIC_URL": "https://signoff.example/base/",
        "SIGNOFF_DATABASE_URL": "postgresql+psycopg://user:pass@db/signoff",
        "SIGNOFF_CLIENTS": "clients.yaml",
        "SIGNOFF_SECRET_KEY": "abc",
        "SIGNOFF_LOG_LEVEL": "debug",
        "SIGNOFF_MAX_BODY_BYTES": "4096",
        "SIGNOFF_MAX_BODY_SECONDS": "3",
        "SIGNOFF_MAX_DEPTH": "60",
        "SIGNOFF_MAX_RESOURCES": "9",
        "SIGNOFF_MAX_IN_FLIGHT": "2",
    }
    assert given.keys() == NAMES
    read = Settings.from_env(given)
    assert read.public_url == "https://signoff.example/base"
    assert (read.clients, read.log_level, read.max_depth) == (Path("clients.yaml"), "DEBUG", 60)
    assert (read.max_body_bytes, read.max_body_seconds, read.max_resources, read.max_in_flight) == (4096, 3, 9, 2)


def test_an_empty_value_is_the_default() -> None:
    assert Settings.from_env(dict.fromkeys(NAMES, " ")) == Settings()


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("SIGNOFF_PUBLICURL", "SIGNOFF_PUBLIC_URL"),
        ("SIGNOFF_CLIENT", "SIGNOFF_CLIENTS"),
        ("SIGNOFF_SECRET", "SIGNOFF_SECRET_KEY"),
        ("SIGNOFF_MAX_BODY", "SIGNOFF_MAX_BODY_BYTES"),
    ],
)
def test_an_unknown_name_stops_the_start_and_the_nearest_known_one_is_named(wrong: str, meant: str) -> None:
    (said,) = problems({wrong: "hunter2"})
    assert wrong in said
    assert meant in said
    assert "hunter2" not in said


def test_all_that_is_wrong_is_listed_at_once_and_no_value_is_repeated() -> None:
    said = problems(
        {
            "SIGNOFF_MODE": "prod-zz",
            "SIGNOFF_MAX_DEPTH": "many-zz",
            "SIGNOFF_MAX_IN_FLIGHT": "0",
            "SIGNOFF_MAX_RESOURCES": "9" * 5000,
            "SIGNOFF_LOG_LEVEL": "LOUD-zz",
            "SIGNOFF_DATABASE_URL": "mysql://u:pw-zz@h/d",
            "SIGNOFF_NOPE": "zz",
        }
    )
    assert len(said) == 7
    assert "zz" not in " ".join(said)


@pytest.mark.parametrize(
    "url",
    [
        "signoff.example",
        "ftp://x",
        "http://",
        "https://user@x",
        "https://x:port",
        "https://x?q=1",
        "https://x#f",
        "//x",
    ],
)
def test_a_public_url_that_no_link_could_be_built_from_is_refused(url: str) -> None:
    assert "SIGNOFF_PUBLIC_URL" in problems({"SIGNOFF_PUBLIC_URL": url})[0]


def test_no_secret_is_shown() -> None:
    settings = Settings.from_env(
        {"SIGNOFF_SECRET_KEY": "hunter2", "SIGNOFF_DATABASE_URL": "postgresql+psycopg://u:hunter2@db/x"}
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in f"{settings}"
    assert settings.secret_key == "hunter2"


@pytest.mark.parametrize(
    ("without", "names"),
    [("SIGNOFF_CLIENTS", "SIGNOFF_CLIENTS"), ("SIGNOFF_SECRET_KEY", "32"), ("SIGNOFF_PUBLIC_URL", "https://")],
)
def test_production_asks_for_clients_an_https_address_and_a_secret(without: str, names: str) -> None:
    (said,) = problems({name: value for name, value in PRODUCTION.items() if name != without})
    assert without in said
    assert names in said


def test_production_is_not_served_while_no_caller_can_be_asked_who_it_is(log_as_before: None) -> None:
    settings = Settings.from_env(PRODUCTION)
    with pytest.raises(SettingsError, match="not served yet"):
        create_app(settings)
    with pytest.raises(SettingsError, match="not served yet"):
        serve(settings, "127.0.0.1", 0)


def test_production_is_refused_however_the_settings_were_made() -> None:
    with pytest.raises(SettingsError, match=r"(?s)SIGNOFF_CLIENTS.*not served yet"):
        create_app(Settings(mode="production"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "ehr.example"])  # noqa: S104 - it must be refused
def test_demo_serves_loopback_only(host: str) -> None:
    with pytest.raises(SettingsError, match="loopback only"):
        serve(Settings(), host, 8000)


def test_the_example_file_starts_the_demo_as_it_stands() -> None:
    lines = re.findall(r"^(SIGNOFF_\w+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {name for name, _ in lines} == NAMES
    assert Settings.from_env(dict(lines)) == Settings()


def test_every_setting_of_the_example_file_is_explained_in_one_line() -> None:
    blocks = EXAMPLE.read_text(encoding="utf-8").strip().split("\n\n")[1:]
    assert len(blocks) == len(NAMES)
    for block in blocks:
        explained, setting = block.splitlines()
        assert explained.startswith("# ")
        assert setting.startswith("SIGNOFF_")


def test_the_environment_of_the_tests_has_no_setting_of_ours() -> None:
    assert not [name for name in os.environ if name.startswith("SIGNOFF_")]
