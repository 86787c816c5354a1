"""Directories that are there whole or not at all, also after a kill or a loss of power.

A directory that is being written has a hidden name, ends in `.partial` and is locked by whoever writes it; the lock
ends with the process, so a leftover without one belongs to nobody. The names and the lock are those of whet's engine,
so that either sweeps what the other left.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import uuid
from collections.abc import Callable

from .errors import TrainerError

# Asked once: it can only be asked by setting it.
_MASK = os.umask(0o022)
os.umask(_MASK)
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


def replace_directory(directory: str, fill: Callable[[str], None]) -> None:
    """Fills a directory beside `directory`, flushes it, and puts it in the place of what was there."""
    directory = os.path.abspath(directory)
    sweep(directory)
    temporary = sibling(directory)
    try:
        os.makedirs(temporary)
        lock = os.open(temporary, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            fill(temporary)
            for name in sorted(os.listdir(temporary)):
                path = os.path.join(temporary, name)
                # Some writers let nobody else read, but servers may be somebody else's.
                os.chmod(path, 0o666 & ~_MASK)
                flush(path)
            flush(temporary)
            put(temporary, directory)
            flush(os.path.dirname(directory))
        finally:
            os.close(lock)
    except OSError as error:
        raise TrainerError(f"the directory cannot be written: {error.strerror or error}", directory) from error
    finally:
        # After an exchange it holds what was there before.
        shutil.rmtree(temporary, ignore_errors=True)


def sweep(directory: str) -> None:
    """Removes directories that writers who were killed left beside `directory`, half written."""
    parent = os.path.dirname(os.path.abspath(directory))
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            if _is_partial(name):
                _remove_unlocked(os.path.join(parent, name))


def sibling(directory: str) -> str:
    name = f".{os.path.basename(directory)}.{str(uuid.uuid4()).upper()}.partial"
    return os.path.join(os.path.dirname(directory), name)


def _is_partial(name: str) -> bool:
    parts = name.split(".")
    if len(parts) < 4 or parts[0] != "" or parts[-1] != "partial":
        return False
    with contextlib.suppress(ValueError):
        return str(uuid.UUID(parts[-2])).upper() == parts[-2].upper()
    return False


def _remove_unlocked(path: str) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(descriptor)


def put(temporary: str, directory: str) -> None:
    """A directory that holds something cannot be renamed over: the two change places at once."""
    if not os.path.exists(directory):
        return os.rename(temporary, directory)
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(temporary), os.fsencode(directory)
    if libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), directory)


def flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
