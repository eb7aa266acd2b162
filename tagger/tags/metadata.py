"""Owner, mode, access control lists, attributes and flags: a file's new self has what its old one had, and no more."""

from __future__ import annotations

import array
import errno
import os
import stat
from contextlib import suppress

from tagger.errors import TagError

GETFLAGS, SETFLAGS = 0x80086601, 0x40086602
"""Linux's FS_IOC_GETFLAGS and FS_IOC_SETFLAGS, with the size of a long of 64 bits."""

APPEND_ONLY, IMMUTABLE = 0x20, 0x10

KEPT_FLAGS = 0x08 | 0x04 | 0x40 | 0x80 | 0x400
"""Flags (`lsattr`) that a new file can be given: sync, compress, no dump, no access time, do not compress."""

NONE_THERE = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""What file systems answer that have no attributes."""

NOT_OURS = ("security.selinux", "security.ima", "security.evm", "system.nfs4_acl", "system.cifs_acl")
"""Attributes that the system gives every file by its own rules."""


def flags(handle: int) -> int:
    """Return the flags (`chattr`) of an open file, 0 where there are none."""
    try:
        import fcntl
    except ImportError:
        return 0
    value = array.array("l", [0])
    try:
        fcntl.ioctl(handle, GETFLAGS, value, True)
    except OSError:
        return 0
    return value[0] & 0xFFFFFFFF


def check_writable(path: str, handle: int) -> os.stat_result:
    """Return the state of an open file that may be written to.

    Raises
    ------
    TagError
        If it may not.
    """
    if not os.access(path, os.W_OK) and not flags(handle) & (APPEND_ONLY | IMMUTABLE):
        raise TagError("cannot be tagged (it is read-only)")
    if flags(handle) & IMMUTABLE:
        raise TagError("cannot be tagged (it has the immutable flag; see `chattr`)")
    if flags(handle) & APPEND_ONLY:
        raise TagError("cannot be tagged (it has the append-only flag; see `chattr`)")
    return os.fstat(handle)


def copy_metadata(copy: int, original: int, status: os.stat_result) -> bool:
    """Give an open copy the owner, attributes, mode and flags of the original; tell whether it has them all.

    The copy, which only its maker can read, is given away before it is opened to others: at no moment can it be
    read by anybody who cannot read the original.
    """
    if not _owned_alike(copy, status):
        return False
    if not _attributes_alike(copy, original):
        return False
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(copy).st_mode) != mode:
        with suppress(PermissionError):
            os.fchmod(copy, mode)
        if stat.S_IMODE(os.fstat(copy).st_mode) != mode:
            return False
    _flags_alike(copy, original)
    return True


def restore_mode(handle: int, status: os.stat_result) -> None:
    """Give back the set-user-ID and set-group-ID bits that writing into a file took from it, where that is allowed."""
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        with suppress(OSError):
            os.fchmod(handle, mode)


def _owned_alike(copy: int, status: os.stat_result) -> bool:
    made = os.fstat(copy)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(copy, status.st_uid, status.st_gid)
        except PermissionError:
            return False
    return True


def _attributes_alike(copy: int, original: int) -> bool:
    """Copy extended attributes, access control lists among them, and remove those that the folder gave the copy."""
    if not hasattr(os, "listxattr"):
        return True
    wanted, made = _attributes(original), _attributes(copy)
    try:
        for name in made.keys() - wanted.keys():
            os.removexattr(copy, name)
        for name, value in wanted.items():
            if made.get(name) != value:
                os.setxattr(copy, name, value)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        return False
    return True


def _attributes(handle: int) -> dict[str, bytes]:
    try:
        names = os.listxattr(handle)
    except OSError as error:
        if error.errno in NONE_THERE:
            return {}
        raise
    found = {}
    for name in names:
        if name not in NOT_OURS:
            with suppress(OSError):
                found[name] = os.getxattr(handle, name)
    return found


def _flags_alike(copy: int, original: int) -> None:
    wanted, made = flags(original) & KEPT_FLAGS, flags(copy)
    if made & KEPT_FLAGS != wanted:
        import fcntl

        with suppress(OSError):
            fcntl.ioctl(copy, SETFLAGS, array.array("l", [made & ~KEPT_FLAGS | wanted]), True)
