"""Which hosts a server answers; `tests/test_app.py` asks a real one."""

from __future__ import annotations

import socket

import pytest

from pages.components.session.hosts import LOCAL, allowed_hosts, is_loopback, name_of


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_a_server_for_this_machine_answers_its_local_names_only(address: str) -> None:
    assert allowed_hosts(address) == LOCAL
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.0.2.7", "lab.example.org"])
def test_a_server_for_others_answers_the_names_and_addresses_of_this_machine(address: str) -> None:
    hosts = allowed_hosts(address)
    assert set(LOCAL) < set(hosts)
    assert socket.gethostname().lower() in hosts
    assert (address in hosts) == (address in ("192.0.2.7", "lab.example.org"))
    assert not is_loopback(address)


def test_hosts_that_are_named_are_added() -> None:
    assert allowed_hosts("127.0.0.1", ["Lab.Example.org:8501", "*.example.com", "[fe80::1]"]) == (
        *LOCAL,
        "lab.example.org",
        "*.example.com",
        "fe80::1",
    )
    with pytest.raises(
        ValueError, match=r"allowedHosts or .* names 'http://a.b', which is not a host"
    ):
        allowed_hosts("", ["http://a.b"])


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost.:8501", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8501", "::1"),
        ("[::1]", "::1"),
        *(
            (host, "")
            for host in ("", ":80", "a@localhost", "localhost/a", "localhost:x", "::1", "[")
        ),
        *(
            (host, "")
            for host in ("localhost:1:2", "local host", "localhost#", "localhost,evil.com:1:1")
        ),
    ],
)
def test_the_name_in_a_header(host: str, name: str) -> None:
    assert name_of(host) == name
