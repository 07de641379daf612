"""Real clusters on the loopback of this machine, for the tests: Slurm of Debian's packages, and Ray.

Each has two slots. They are processes of their own, which a test may kill.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import requests

_SLURM_CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
SlurmctldPort={ctld_port}
SlurmdPort={d_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=10
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
_STARTED_S = 360  # on a machine that is busy with other tests


class Cluster:
    """A cluster of one machine.

    Args:
        folder: Where its own files are.
    """

    name = ""
    lacks = ""
    """What this machine lacks to run one; empty for nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment: dict[str, str] = {}

    def start(self) -> None:
        """Start it, with nothing known of any job, and wait until it answers."""
        raise NotImplementedError

    def kill(self) -> None:
        """End all of its processes with SIGKILL; not those of its jobs."""
        raise NotImplementedError


class Slurm(Cluster):
    name = "slurm"
    _NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
    lacks = ", ".join(
        each for each in _NEEDED if not shutil.which(each, path=f"{os.environ['PATH']}:/usr/sbin")
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        conf, munge = folder / "slurm.conf", folder / "munge"
        munge.mkdir(mode=0o700)
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (munge / "key").write_bytes(secrets.token_bytes(1024))
        (munge / "key").chmod(0o400)
        ctld_port, d_port = _free_ports(2)
        host = socket.gethostname().partition(".")[0]
        conf.write_text(
            _SLURM_CONF.format(
                host=host, user=getpass.getuser(), folder=folder, ctld_port=ctld_port, d_port=d_port
            )
        )
        self.environment = {"SLURM_CONF": str(conf), "PATH": f"{os.environ['PATH']}:/usr/sbin"}

    def start(self) -> None:
        munge = self.folder / "munge"
        files = {name: munge / name for name in ("socket", "pid", "log", "seed")}
        names = {"socket": "socket", "pid": "pid-file", "log": "log-file", "seed": "seed-file"}
        self._run(
            "munged", "--force", f"--key-file={munge / 'key'}",
            *(f"--{names[name]}={path}" for name, path in files.items()),
        )  # fmt: skip
        self._run("slurmctld", "-c")
        self._run("slurmd")
        _wait(lambda: "idle" in self._run("sinfo", "--noheader", "--format=%T"))

    def kill(self) -> None:
        daemons = ("munged", "slurmctld", "slurmscriptd", "slurmd", "slurmstepd")

        def is_of_it(process: psutil.Process) -> bool:
            # The step daemons have no variables, but this folder.
            ours = process.environ().get("SLURM_CONF") == self.environment["SLURM_CONF"]
            return process.name() in daemons and (ours or process.cwd() == str(self.folder))

        _kill(is_of_it)

    def _run(self, *words: str) -> str:
        return subprocess.run(
            words, env=os.environ | self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=True, timeout=_STARTED_S,
        ).stdout  # fmt: skip


class Ray(Cluster):
    name = "ray"
    _RAY = os.environ.get("AUGMENT_TEST_RAY", "") or shutil.which("ray") or ""
    lacks = "" if _RAY else "ray (AUGMENT_TEST_RAY names the command)"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._port, self._client, self._dashboard, self._agent = _free_ports(4)
        self._folder = Path("/tmp") / f"ray-{secrets.token_hex(4)}"
        self.environment = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_API_SERVER_ADDRESS": f"http://127.0.0.1:{self._dashboard}",
        }

    def start(self) -> None:
        with (self.folder / "ray.log").open("a") as log:
            subprocess.run(
                [
                    self._RAY, "start", "--head", "--num-cpus=2", "--disable-usage-stats",
                    "--node-ip-address=127.0.0.1", "--dashboard-host=127.0.0.1",
                    f"--port={self._port}", f"--ray-client-server-port={self._client}",
                    f"--dashboard-port={self._dashboard}",
                    f"--dashboard-agent-listen-port={self._agent}",
                    "--object-store-memory=100000000",
                    "--min-worker-port=0", "--max-worker-port=0", f"--temp-dir={self._folder}",
                ],
                env=os.environ | self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, check=True, timeout=_STARTED_S,
            )  # fmt: skip
        _wait(self._answers)

    def _answers(self) -> bool:
        token = {"Authorization": f"Bearer {self.environment['RAY_AUTH_TOKEN']}"}
        where = f"{self.environment['RAY_API_SERVER_ADDRESS']}/api/jobs/"
        try:
            return requests.get(where, headers=token, timeout=10).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        token = self.environment["RAY_AUTH_TOKEN"]
        _kill(lambda process: process.environ().get("RAY_AUTH_TOKEN") == token)
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill(is_of_it: Callable[[psutil.Process], bool]) -> None:
    """Kill processes, and what they have started, but not what is ours.

    Some of them write their titles over their variables, and so are told by their parents alone.
    """
    found = set[psutil.Process]()
    for process in psutil.process_iter():
        with suppress(psutil.Error, IndexError):
            if is_of_it(process):
                found |= {process, *process.children(recursive=True)}
    for process in found:
        with suppress(psutil.Error):
            if "augment" not in process.cmdline():
                process.send_signal(signal.SIGKILL)
    psutil.wait_procs(found, timeout=10)


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _STARTED_S
    while not condition():
        assert time.monotonic() < deadline, "the cluster did not start"
        time.sleep(0.1)


def _free_ports(number: int) -> list[int]:
    taken = [socket.socket() for _ in range(number)]
    for each in taken:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


CLUSTERS: Mapping[str, type[Cluster]] = {"slurm": Slurm, "ray": Ray}
