from __future__ import annotations

import pytest

from pages.components.session.local_browser import is_local

HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501", "User-Agent": "x"}


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST"])
def test_a_browser_on_this_machine_is_local(host: str) -> None:
    assert is_local(None, HERE | {"Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize(
    ("address", "changed"),
    [
        ("192.168.0.7", {}),
        ("203.0.113.9", {}),
        (None, {"X-Forwarded-For": "203.0.113.9"}),
        (None, {"x-real-ip": "127.0.0.1"}),
        (None, {"Forwarded": "for=203.0.113.9"}),
        (None, {"Via": "1.1 proxy"}),
        (None, {"CF-Connecting-IP": "203.0.113.9"}),
        (None, {"Host": "flowers.example"}),
        (None, {"Host": "localhost.flowers.example:8501"}),
        (None, {"Origin": "https://flowers.example"}),
        (None, {"Origin": "null"}),
        (None, {"Origin": ""}),
        (None, {"Host": "127.0.0.1.flowers.example"}),
        (None, {"Host": "[::1"}),
        (None, {"Host": "192.168.0.1:8501"}),
    ],
)
def test_any_other_browser_is_remote(address: str | None, changed: dict[str, str]) -> None:
    assert not is_local(address, HERE | changed)


def test_without_headers_it_is_remote() -> None:
    assert not is_local(None, {})
