"""Ray, by the HTTP interface of its Jobs API, so that this machine needs no Ray.

The id of a run is the submission id of its first job; of further ones it has a number behind it. Which
attempt a job is of is in its metadata.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from augment.engine.limits import shorten
from augment.errors import RunError
from augment.runs import engines
from augment.runs.engines import Attempt, Engine, EngineError, Job
from augment.runs.folders import RunFolder

ADDRESS = "RAY_API_SERVER_ADDRESS"
"""Environment variable of Ray's own: the address of the dashboard of its head."""
DEFAULT_ADDRESS = "http://127.0.0.1:8265"
TOKEN, TOKEN_FILE = "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
"""Environment variables of Ray's own: the token of the cluster, or the file with it."""
OPTIONS = "AUGMENT_RAY_OPTIONS"
"""Environment variable: what a job reserves, such as ``cpus=8 gpus={devices} memory=16000000000``.

``memory`` is in bytes; ``{devices}`` is the number of devices of the run.
"""

_DEFAULT_OPTIONS = "cpus=1"
_TIMEOUT_S = 60
_ENDED = ("STOPPED", "SUCCEEDED", "FAILED")
_RESERVED = {
    "cpus": "entrypoint_num_cpus",
    "gpus": "entrypoint_num_gpus",
    "memory": "entrypoint_memory",
}
_PATTERN = re.compile(r"(cpus|gpus|memory)=([0-9]{1,12}(?:\.[0-9]{1,3})?|\{devices\})")


class Ray(Engine):
    """The cluster whose head answers at `ADDRESS`."""

    name = "ray"

    def __init__(self) -> None:
        self._ids: set[str] = set()
        """What Ray remembered when it was asked last, and what was ordered since."""

    def check(self) -> None:
        """See `Engine`."""
        _token()
        _reserved(1)
        if not re.match("https?://", _address()):
            raise RunError(
                f"{ADDRESS} is {shorten(_address())}; use the address of the head's dashboard, such as"
                f" {DEFAULT_ADDRESS}."
            )

    def submit(self, folder: RunFolder, attempt: int, devices: int) -> str:
        """See `Engine`."""
        # Ray refuses an id that it remembers, and for a while also one that was deleted.
        ids = itertools.chain([folder.id], (f"{folder.id}.{n}" for n in itertools.count(2)))
        job = next(each for each in ids if each not in self._ids)
        order = {
            "submission_id": job,
            "entrypoint": shlex.join(engines.command(folder.id)),
            "runtime_env": {"env_vars": engines.environment()},
            "metadata": {
                "augment_home": engines.home_digest(),
                "augment_run": folder.id,
                "augment_attempt": str(attempt),
            },
            **_reserved(devices),
        }
        _ask("POST", body=order)
        self._ids.add(job)
        return job

    def status(self) -> Mapping[Attempt, Job]:
        """See `Engine`."""
        found: dict[Attempt, Job] = {}
        jobs = _ask("GET")
        self._ids = {str(each.get("submission_id")) for each in jobs}
        for each in jobs:
            about = each.get("metadata") or {}
            if about.get("augment_home") != engines.home_digest():
                continue
            attempt = str(about.get("augment_run")), int(about.get("augment_attempt") or 1)
            state = str(each.get("status"))
            if attempt in found and (found[attempt].is_live or state in _ENDED):
                continue
            message = " ".join(str(each.get("message") or "").split())
            found[attempt] = Job(
                id=str(each.get("submission_id")),
                state=state,
                is_live=state not in _ENDED,
                is_waiting=state == "PENDING",
                # Its message of a job that runs says that it runs.
                reason="" if state == "RUNNING" else message.partition(". ")[0],
            )
        return found

    def cancel(self, job: str) -> None:
        """See `Engine`."""
        _ask("POST", f"{job}/stop")

    def logs(self, folder: RunFolder, job: str) -> str:
        """See `Engine`."""
        printed = str(_ask("GET", f"{job}/logs").get("logs") or "")
        # Ray's own notes are of its environment, not of the job.
        return "\n".join(line for line in printed.splitlines() if " job_manager.py:" not in line)


def _address() -> str:
    return (os.environ.get(ADDRESS) or DEFAULT_ADDRESS).rstrip("/")


def _token() -> str:
    """Return the token of the cluster; RunError if there is none: anyone could run programs there."""
    token, path = os.environ.get(TOKEN, ""), os.environ.get(TOKEN_FILE, "")
    if not token and path:
        try:
            token = Path(path).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"The file {path}, which {TOKEN_FILE} names, cannot be read.") from error
    if not token or not token.isascii() or not token.isprintable():
        raise RunError(
            f"The engine ray needs the token of the cluster in {TOKEN}, or its file in {TOKEN_FILE}; a"
            " cluster without RAY_AUTH_MODE=token lets anyone run programs, so it is not used."
        )
    return token


def _reserved(devices: int) -> dict[str, Any]:
    """Return what a job reserves, as the Jobs API names it."""
    value = os.environ.get(OPTIONS) or _DEFAULT_OPTIONS
    found: dict[str, Any] = {}
    for entry in value.split():
        matched = _PATTERN.fullmatch(entry)
        if not matched:
            raise RunError(
                f"{OPTIONS} is {shorten(value)}, but {shorten(entry)} is not understood; use for example"
                " cpus=8 gpus={devices} memory=16000000000."
            )
        amount = float(matched[2].replace("{devices}", str(devices)))
        found[_RESERVED[matched[1]]] = int(amount) if amount.is_integer() else amount
    return found


def _ask(method: str, path: str = "", body: Mapping[str, Any] | None = None) -> Any:
    """Send a request to the Jobs API; return the JSON of the answer.

    Raises:
        EngineError: The head does not answer within a minute, refuses, or is not Ray.
        RunError: There is no token.
    """
    where = f"{_address()}/api/jobs/{path}"
    try:
        answer = requests.request(
            method,
            where,
            json=body,
            headers={"Authorization": f"Bearer {_token()}"},
            timeout=_TIMEOUT_S,
            allow_redirects=False,  # the token is for this address alone
        )
    except requests.RequestException as error:
        raise EngineError(f"The head of Ray does not answer at {_address()}.") from error
    if answer.status_code in (401, 403):
        raise EngineError(f"The head of Ray at {_address()} refuses the token.")
    if not answer.ok or answer.is_redirect:
        said = (answer.text.strip().splitlines() or [answer.reason])[-1][:300]
        raise EngineError(f"The head of Ray refused ({answer.status_code}): {said}")
    try:
        return answer.json()
    except ValueError as error:
        raise EngineError(f"What answers at {_address()} is not the head of Ray.") from error
