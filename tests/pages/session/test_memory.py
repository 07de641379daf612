from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from streamlit import dataframe_util
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT

MANY_THREADS = """
import ctypes, threading
from pages.components.session import memory

libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
memory.share_arenas()
all_there = threading.Barrier(9)

def allocate():
    blocks = [ctypes.c_void_p(libc.malloc(2000)) for _ in range(2000)]
    # The last one stays, so that what is below it does not shrink by itself.
    for block in blocks[:-1]:
        ctypes.memset(block, 1, 2000)
        libc.free(block)
    all_there.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads:
    thread.start()
all_there.wait()
for thread in threads:
    thread.join()
path = b"/dev/stdout"
file = ctypes.c_void_p(libc.fopen(path, b"w"))
libc.malloc_info(0, file)
libc.fflush(file)
def resident():
    return int(open("/proc/self/statm").read().split()[1])
before = resident()
memory.give_back()
print("pages given back", before - resident(), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of glibc")
def test_threads_share_two_arenas_and_freed_memory_is_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_THREADS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("<heap nr=") == 2
    assert int(done.stdout.split()[-1]) > 1000


def test_nothing_on_explore_makes_streamlit_import_pandas(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so, for 50 MB, where it has to find out whether an element was given a table."""
    given: list[object] = []
    monkeypatch.setattr(dataframe_util, "determine_data_format", given.append)
    open_page()
    assert given == []
