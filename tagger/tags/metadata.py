"""Copy owner, mode, access control lists, extended attributes and flags from a file to the copy that replaces it."""

from __future__ import annotations

import array
import errno
import os
import stat
from contextlib import suppress

from tagger.errors import TagError

GETFLAGS, SETFLAGS = 0x80086601, 0x40086602
"""Linux's FS_IOC_GETFLAGS and FS_IOC_SETFLAGS, for a long of 64 bits."""

APPEND_ONLY, IMMUTABLE = 0x20, 0x10

COPIED_FLAGS = 0x08 | 0x04 | 0x40 | 0x80 | 0x400
"""Flags (`lsattr`) that are copied: sync, compress, no dump, no access time, do not compress."""

UNSUPPORTED = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
"""Errors of file systems without extended attributes."""

SYSTEM_ATTRIBUTES = ("security.selinux", "security.ima", "security.evm", "system.nfs4_acl", "system.cifs_acl")
"""Attributes that the system sets by its own rules, and which are not copied."""


def file_flags(handle: int) -> int:
    """Return the flags (`chattr`) of an open file.

    Parameters
    ----------
    handle : int
        Descriptor.

    Returns
    -------
    int
        0 if the system has none.
    """
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
    """Check that a file may be written to.

    Parameters
    ----------
    path : str
        The file.
    handle : int
        Its descriptor.

    Returns
    -------
    os.stat_result
        Its metadata.

    Raises
    ------
    TagError
        If it is read-only, immutable or append-only.
    """
    if not os.access(path, os.W_OK) and not file_flags(handle) & (APPEND_ONLY | IMMUTABLE):
        raise TagError("cannot be tagged (it is read-only)")
    if file_flags(handle) & IMMUTABLE:
        raise TagError("cannot be tagged (it has the immutable flag; see `chattr`)")
    if file_flags(handle) & APPEND_ONLY:
        raise TagError("cannot be tagged (it has the append-only flag; see `chattr`)")
    return os.fstat(handle)


def copy_metadata(copy: int, original: int, status: os.stat_result) -> bool:
    """Copy the owner, attributes, mode and flags of a file to an open copy.

    At first only the user who runs emotag can read the copy. The owner is set before the mode, so that at no time
    anybody can read the copy who cannot read the original.

    Parameters
    ----------
    copy, original : int
        Descriptors.
    status : os.stat_result
        Metadata of the original.

    Returns
    -------
    bool
        Whether everything could be copied.
    """
    if not _copy_owner(copy, status):
        return False
    if not _copy_attributes(copy, original):
        return False
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(copy).st_mode) != mode:
        with suppress(PermissionError):
            os.fchmod(copy, mode)
        if stat.S_IMODE(os.fstat(copy).st_mode) != mode:
            return False
    _copy_flags(copy, original)
    return True


def restore_mode(handle: int, status: os.stat_result) -> None:
    """Restore the set-user-ID and set-group-ID bits, which the system clears on a write, if that is permitted.

    Parameters
    ----------
    handle : int
        Descriptor.
    status : os.stat_result
        Metadata from before the write.
    """
    mode = stat.S_IMODE(status.st_mode)
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
        with suppress(OSError):
            os.fchmod(handle, mode)


def _copy_owner(copy: int, status: os.stat_result) -> bool:
    current = os.fstat(copy)
    if (current.st_uid, current.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(copy, status.st_uid, status.st_gid)
        except PermissionError:
            return False
    return True


def _copy_attributes(copy: int, original: int) -> bool:
    """Copy extended attributes and access control lists, and remove those that the copy inherited from the folder."""
    if not hasattr(os, "listxattr"):
        return True
    wanted, current = _attributes(original), _attributes(copy)
    try:
        for name in current.keys() - wanted.keys():
            os.removexattr(copy, name)
        for name, value in wanted.items():
            if current.get(name) != value:
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
        if error.errno in UNSUPPORTED:
            return {}
        raise
    attributes = {}
    for name in names:
        if name not in SYSTEM_ATTRIBUTES:
            with suppress(OSError):
                attributes[name] = os.getxattr(handle, name)
    return attributes


def _copy_flags(copy: int, original: int) -> None:
    wanted, current = file_flags(original) & COPIED_FLAGS, file_flags(copy)
    if current & COPIED_FLAGS != wanted:
        import fcntl

        with suppress(OSError):
            fcntl.ioctl(copy, SETFLAGS, array.array("l", [current & ~COPIED_FLAGS | wanted]), True)
