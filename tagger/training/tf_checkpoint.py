"""Reading the variables of a TensorFlow checkpoint without TensorFlow.

A checkpoint is two files. The index is a table of LevelDB without compression: blocks of sorted keys, whose common
prefixes are left out. Its values are protocol buffers (``BundleEntryProto``) with the type, the shape and the place of
each variable in the data file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tagger.errors import DataError

FLOAT = 1
"""TensorFlow's number of the type float32 (``DT_FLOAT``)."""

MAGIC = 0xDB4775248B80FB57
"""Last eight bytes of a LevelDB table."""

FOOTER = 48
"""Bytes of the footer of a LevelDB table."""

TYPE, SHAPE, OFFSET, SIZE = 1, 2, 4, 5
"""Fields of ``BundleEntryProto``."""

DIMENSION = 2
"""Field of ``TensorShapeProto``, whose field 1 is the size."""


def read_checkpoint(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """Return the float32 variables of a checkpoint.

    Parameters
    ----------
    index, data : bytes
        Content of the files ``.index`` and ``.data-00000-of-00001``.

    Returns
    -------
    dict of str to numpy.ndarray
        By name.

    Raises
    ------
    DataError
        If it is not a checkpoint in this format.
    """
    if len(index) < FOOTER or struct.unpack("<Q", index[-8:])[0] != MAGIC:
        raise DataError("not a TensorFlow checkpoint: the index is not a LevelDB table")
    try:
        return dict(_variables(index, data))
    except (IndexError, ValueError, TypeError, struct.error) as error:
        raise DataError(f"the TensorFlow checkpoint is damaged ({error})") from None


def _variables(index: bytes, data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    _, _, position = _block_handle(index[-FOOTER:], 0)  # of the block of filters, which is empty
    offset, size, _ = _block_handle(index[-FOOTER:], position)
    for _, handle in _block_entries(index, offset, size):
        block_offset, block_size, _ = _block_handle(handle, 0)
        for name, value in _block_entries(index, block_offset, block_size):
            entry = {field.number: field for field in _proto_fields(value)}
            absent = _Field(0, 0, b"")  # fields with the value zero are left out
            if name and entry.get(TYPE, absent).integer == FLOAT:
                start, length = entry.get(OFFSET, absent).integer, entry.get(SIZE, absent).integer
                array = np.frombuffer(data[start : start + length], "<f4")
                yield name.decode(), array.reshape(_shape(entry.get(SHAPE, absent).data))


def _shape(proto: bytes) -> list[int]:
    dimensions = (field.data for field in _proto_fields(proto) if field.number == DIMENSION)
    return [sum(field.integer for field in _proto_fields(dimension)) for dimension in dimensions]


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return an integer of variable length and the position after it."""
    shift = value = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def _block_handle(data: bytes, position: int) -> tuple[int, int, int]:
    """Return the offset and the size of a block, and the position after its handle."""
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return offset, size, position


def _block_entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a block, which ends with its restart points and their number."""
    block = table[offset : offset + size]
    end = len(block) - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    position, key = 0, b""
    while position < end:
        shared, position = _varint(block, position)
        rest, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + rest]
        position += rest
        yield key, block[position : position + length]
        position += length


class _Field(NamedTuple):
    """A field of a protocol buffer: its number, and its value as an integer or as bytes."""

    number: int
    integer: int
    data: bytes


def _proto_fields(data: bytes) -> Iterator[_Field]:
    """Yield the fields of a protocol buffer."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield _Field(field, value, b"")
        elif wire in (1, 2, 5):
            length = {1: 8, 5: 4}.get(wire, 0)
            if wire == 2:
                length, position = _varint(data, position)
            yield _Field(field, 0, data[position : position + length])
            position += length
        else:
            raise ValueError(f"unknown wire type {wire}")
