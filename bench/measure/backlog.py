#!/usr/bin/env python3
"""Raises the listen backlog of a running server, from outside.

Usage: backlog.py PORT BACKLOG PID...
"""
import ctypes
import os
import socket
import sys

PIDFD_GETFD = 438  # a system call; its number is the same on all architectures


def listening_sockets(port):
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def main():
    port, backlog = int(sys.argv[1]), int(sys.argv[2])
    wanted = listening_sockets(port)
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in map(int, sys.argv[3:]):
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            if os.readlink(f"/proc/{pid}/fd/{descriptor}") in wanted:
                copy = libc.syscall(PIDFD_GETFD, os.pidfd_open(pid), int(descriptor), 0)
                if copy < 0:
                    sys.exit(os.strerror(ctypes.get_errno()))
                socket.socket(fileno=copy).listen(backlog)
                return
    sys.exit(f"nobody of these listens on port {port}")


if __name__ == "__main__":
    main()
