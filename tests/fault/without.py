"""Runs a program on a kernel that lacks a layer of the sandbox: `without.py landlock|seccomp PROGRAM...`. A seccomp filter has the calls
of that layer fail as an older kernel does."""

import ctypes
import os
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER, ALLOW, ERRNO_ENOSYS, ERRNO_EINVAL = 2, 0x7FFF0000, 0x00050000 | 38, 0x00050000 | 22
NUMBERS = {"x86_64": {"prctl": 157, "seccomp": 317}, "aarch64": {"prctl": 167, "seccomp": 277}}[platform.machine()]
CREATE_RULESET = 444
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06

def returns(value):
    return (RETURN, 0, 0, value)


def landlock():
    return [(LOAD, 0, 0, 0), (EQUAL, 0, 1, CREATE_RULESET), returns(ERRNO_ENOSYS), returns(ALLOW)]


def seccomp():
    return [(LOAD, 0, 0, 0), (EQUAL, 0, 1, NUMBERS["seccomp"]), returns(ERRNO_ENOSYS), (EQUAL, 0, 3, NUMBERS["prctl"]),
            (LOAD, 0, 0, 16), (EQUAL, 0, 1, PR_SET_SECCOMP), returns(ERRNO_EINVAL), returns(ALLOW)]


def load(rows):
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in rows))
    program = struct.pack("HxxxxxxP", len(rows), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(program), 0, 0) == 0, os.strerror(ctypes.get_errno())


if __name__ == "__main__":
    load({"landlock": landlock, "seccomp": seccomp}[sys.argv[1]]())
    os.execv(sys.argv[2], sys.argv[2:])
