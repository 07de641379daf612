"""Files of PyTorch are read without it, and a file that wants more than a state dict is refused."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pytest

from augment.errors import ConfigError
from augment.models import torch_file

HEADER = b"".join(
    pickle.dumps(value, protocol=2)
    for value in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
)
KERNEL = np.arange(6, dtype="<f4")


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(b"J" + struct.pack("<i", value) for value in values) + b"t"


def storage(
    key: str, kind: str = "FloatStorage", tag: str = "storage", view: bytes = b"N"
) -> bytes:
    count = b"J" + struct.pack("<i", 6)
    parts = text(tag) + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + count
    return b"(" + parts + view + b"tQ"


def tensor(
    size: bytes, stride: bytes, *, offset: bytes = b"K\0", where: bytes = storage("1")
) -> bytes:
    hooks = b"\x89ccollections\nOrderedDict\n)R"
    rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n("
    return rebuild + where + offset + size + stride + hooks + b"tR"


def state_dict(value: bytes, name: bytes = text("kernel")) -> bytes:
    metadata = b"}" + text("_metadata") + b"}sb"
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + name + value + b"u" + metadata + b"."


def with_storages(pickled: bytes) -> bytes:
    keys = pickle.dumps(["1"], protocol=2)
    return HEADER + pickled + keys + struct.pack("<q", len(KERNEL)) + KERNEL.tobytes()


def file_of(value: bytes) -> bytes:
    return with_storages(state_dict(value))


WHOLE = file_of(tensor(numbers(2, 3), numbers(3, 1)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (WHOLE, KERNEL.reshape(2, 3)),
        (file_of(tensor(numbers(3, 2), numbers(1, 3))), KERNEL.reshape(2, 3).T),
        (file_of(tensor(numbers(2), numbers(2), offset=b"K\3")), KERNEL[[3, 5]]),
        (file_of(tensor(b")", b")", offset=b"K\5")), KERNEL[5]),
    ],
    ids=["contiguous", "transposed", "a part", "a number"],
)
def test_tensors_have_their_numbers(content: bytes, expected: np.ndarray) -> None:
    (name, value), *others = torch_file.read(content, name="weights.pth").items()
    assert (name, others) == ("kernel", [])
    np.testing.assert_array_equal(value, expected)
    assert value.dtype == np.float32
    assert not value.flags.writeable


HOSTILE = {
    "a call": (state_dict(b"cos\nsystem\n(" + text("true") + b"tR"), "os.system is not allowed"),
    "a builtin": (state_dict(b"cbuiltins\neval\n(" + text("1") + b"tR"), "builtins.eval is not"),
    "another name of torch": (state_dict(storage("1", "HalfStorage")), "torch.HalfStorage is not"),
    "an operation of newer pickles": (
        b"\x80\x04" + text("os") + text("system") + b"\x93.",
        "STACK_GLOBAL",
    ),
    "an instance": (b"\x80\x02(ios\nsystem\n.", "INST is not allowed"),
    "a huge memo": (b"\x80\x02Nr\xff\xff\xff\x7f.", "index 2147483647 is not allowed"),
    "no tensor": (
        state_dict(tensor(numbers(6), numbers(1)) + text("bias") + numbers(1)),
        "something else than tensors",
    ),
    "no dictionary": (b"\x80\x02K\1.", "not a file"),
    "a name that is no text": (
        state_dict(tensor(numbers(6), numbers(1)), b"K\1"),
        "name is not a text",
    ),
    "attributes of the function": (
        state_dict(b"ctorch._utils\n_rebuild_tensor_v2\n}" + text("__code__") + b"Nsb"),
        "not a file",
    ),
    "outside the storage": (state_dict(tensor(numbers(2, 3), numbers(4, 1))), "does not fit"),
    "before the storage": (state_dict(tensor(numbers(2), numbers(-1))), "impossible shape"),
    "an offset beyond": (state_dict(tensor(numbers(6), numbers(1), offset=b"K\1")), "does not fit"),
    "repeated without end": (state_dict(tensor(numbers(1 << 30), numbers(0))), "does not fit"),
    "no numbers": (state_dict(tensor(numbers(0), numbers(1))), "does not fit"),
    "sides without steps": (state_dict(tensor(numbers(2, 3), numbers(1))), "not a file"),
    "another sort of storage": (
        state_dict(tensor(numbers(6), numbers(1), where=storage("1", tag="file"))),
        "not described",
    ),
    "a view": (
        state_dict(tensor(numbers(6), numbers(1), where=storage("1", view=numbers(1)))),
        "not described",
    ),
    "a storage that is not there": (
        state_dict(tensor(numbers(6), numbers(1), where=storage("2"))),
        "list of storages",
    ),
}


@pytest.mark.parametrize(("pickled", "message"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_state_dict_needs_is_an_error(pickled: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        torch_file.read(with_storages(pickled), name="weights.pth")
    assert str(raised.value).startswith("weights.pth is not a file of weights that PyTorch")


def test_a_file_that_ends_too_early_or_goes_on_is_an_error() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(ConfigError, match=r"weights\.pth is not a file"):
            torch_file.read(WHOLE[:length], name="weights.pth")
    with pytest.raises(ConfigError, match="does not end where its tensors end"):
        torch_file.read(WHOLE + b"\0", name="weights.pth")


def test_a_damaged_byte_is_an_error_or_another_number() -> None:
    for position in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[position] ^= 0xFF
        try:
            torch_file.read(bytes(damaged), name="weights.pth")
        except ConfigError:
            continue


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\3\4" + bytes(100), bytes(1000)])
def test_another_file_is_an_error(content: bytes) -> None:
    with pytest.raises(ConfigError, match=r"weights\.pth is not a file of weights that PyTorch"):
        torch_file.read(content, name="weights.pth")
