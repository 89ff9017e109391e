"""Settings from the environment: what is known, what is told, what is passed over, what is never said."""

import pytest

from rag.config import load_settings
from rag.errors import BadSettings, TelalError
from rag.store.archive.archive import Archive

OF_KUBERNETES = {  # for the services `telal` (port 80, named http) and `telal-archive` (port 5432)
    "TELAL_SERVICE_HOST": "10.96.4.7",
    "TELAL_SERVICE_PORT": "80",
    "TELAL_SERVICE_PORT_HTTP": "80",
    "TELAL_PORT": "tcp://10.96.4.7:80",
    "TELAL_PORT_80_TCP": "tcp://10.96.4.7:80",
    "TELAL_PORT_80_TCP_PROTO": "tcp",
    "TELAL_PORT_80_TCP_PORT": "80",
    "TELAL_PORT_80_TCP_ADDR": "10.96.4.7",
    "TELAL_ARCHIVE_SERVICE_HOST": "10.96.4.8",
    "TELAL_ARCHIVE_SERVICE_PORT": "5432",
    "TELAL_ARCHIVE_PORT": "tcp://10.96.4.8:5432",
    "TELAL_ARCHIVE_PORT_5432_TCP_ADDR": "10.96.4.8",
}


def test_what_kubernetes_sets_for_a_service_is_passed_over(monkeypatch):
    for name, value in (OF_KUBERNETES | {"TELAL_SERVER__PORT": "8123"}).items():
        monkeypatch.setenv(name, value)
    assert load_settings().server.port == 8123


@pytest.mark.parametrize(
    "misspelt", ["TELAL_SERVER_PORT", "TELAL_PORT_80", "TELAL_SEVICE_HOST", "TELAL_ARCHIVE_PORT_5432_TCP_HOST"]
)
def test_a_misspelt_setting_is_told_also_beside_them(monkeypatch, misspelt):
    for name, value in (OF_KUBERNETES | {misspelt: "1"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=f"Unknown setting {misspelt}"):
        load_settings()


def test_a_service_without_a_host_is_no_service(monkeypatch):
    monkeypatch.setenv("TELAL_SERVER_PORT", "80")
    with pytest.raises(BadSettings) as told:
        load_settings()
    assert "TELAL_SERVER__PORT meant" in told.value.hint


@pytest.mark.parametrize("url", ["mysql://u:geheim@host/telal", "geheim", "postgresql://u:geheim@127.0.0.1:1/telal"])
def test_a_password_is_never_said(monkeypatch, tmp_path, url):
    monkeypatch.setenv("TELAL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TELAL_ARCHIVE__URL", url)
    settings = load_settings()
    assert "geheim" not in f"{settings} {settings!r}"
    with pytest.raises(TelalError) as told:
        Archive.open(settings)
    assert "geheim" not in str(told.value)
