"""Variables are read from checkpoints as TensorFlow writes them; other files are refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tagger.errors import DataError
from tagger.training.tf_checkpoint import MAGIC, read_checkpoint

VARIABLES = {
    "conv2d/bias": np.array([1.5, -2], np.float32),
    "conv2d/kernel": np.arange(12, dtype=np.float32).reshape(2, 3, 1, 2),
    "conv2d_1/bias": np.full(200, 0.25, np.float32),
}


def varint(number: int) -> bytes:
    low = number & 0x7F
    return bytes([low | 0x80]) + varint(number >> 7) if number >= 0x80 else bytes([low])


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Return a block of a LevelDB table, in which each key leaves out what it shares with the one before."""
    data, previous = b"", b""
    for key, value in entries:
        shared = next((i for i, (a, b) in enumerate(zip(key, previous, strict=False)) if a != b), len(previous))
        data += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        previous = key
    return data + struct.pack("<II", 0, 1)


def message(fields: list[tuple[int, int | bytes]]) -> bytes:
    """Return a protocol buffer."""
    data = b""
    for number, value in fields:
        if isinstance(value, int):
            data += varint(number << 3) + varint(value)
        else:
            data += varint(number << 3 | 2) + varint(len(value)) + value
    return data


def checkpoint(variables: dict[str, np.ndarray], dtype: int = 1) -> tuple[bytes, bytes]:
    """Return the index and the data of a checkpoint."""
    data = b""
    entries = [(b"", message([(1, 1)]))]
    for name, array in variables.items():
        shape = message([(2, message([(1, size)])) for size in array.shape])
        offset: list[tuple[int, int | bytes]] = [(4, len(data))] if data else []
        checksum = varint(6 << 3 | 5) + b"crc_"
        entries.append((name.encode(), message([(1, dtype), (2, shape), *offset, (5, array.nbytes)]) + checksum))
        data += array.astype("<f4").tobytes()
    variables_block = block(entries)
    index_block = block([(b"zzz", varint(0) + varint(len(variables_block)))])
    footer = (varint(0) + varint(0) + varint(len(variables_block)) + varint(len(index_block))).ljust(40, b"\0")
    return variables_block + index_block + footer + struct.pack("<Q", MAGIC), data


def test_variables_have_their_names_shapes_and_values() -> None:
    read = read_checkpoint(*checkpoint(VARIABLES))
    assert read.keys() == VARIABLES.keys()
    for name, array in VARIABLES.items():
        np.testing.assert_array_equal(read[name], array, strict=True)


def test_variables_that_are_not_float32_are_left_out() -> None:
    assert read_checkpoint(*checkpoint(VARIABLES, dtype=9)) == {}


def test_another_file_is_refused() -> None:
    for index in (b"", b"PK\x03\x04" * 100):
        with pytest.raises(DataError, match="not a TensorFlow checkpoint"):
            read_checkpoint(index, b"")


def test_a_truncated_checkpoint_is_refused() -> None:
    index, data = checkpoint(VARIABLES)
    with pytest.raises(DataError, match="damaged"):
        read_checkpoint(index, data[:-100])
    with pytest.raises(DataError, match="damaged"):
        read_checkpoint(index[40:], data)
