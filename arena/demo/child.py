"""Runs one program so that it can't outlive the process that started it.

Usage: child.py PARENT_PID [--as ACCOUNT] PROGRAM ARGUMENT...

A script of its own, because what has to happen between fork and exec is not safe to do in a
process with threads. On Linux the kernel ends the program with its parent and nothing stays in
between; elsewhere this process stays, watches the parent, and passes signals on. `--as` is for root
and programs that refuse to be it: the account is left first, because that forgets the binding.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5
_KERNEL_BINDS = os.uname().sysname == "Linux"


def main(parent: int, argv: list[str]) -> int:
    if argv[0] == "--as":
        account = pwd.getpwnam(argv[1])
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        argv = argv[2:]
    if _KERNEL_BINDS:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
        # The parent may have died before the line above: then nothing would ever be sent.
        if os.getppid() != parent:
            sys.exit(1)
        os.execvp(argv[0], argv)
    program = subprocess.Popen(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _frame: program.send_signal(sent))
    while os.getppid() == parent:
        try:
            return program.wait(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    program.kill()
    return program.wait()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
