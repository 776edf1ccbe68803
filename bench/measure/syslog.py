#!/usr/bin/env python3
"""Stands in for syslogd: appends what comes to a datagram socket to a file.

Usage: syslog.py SOCKET FILE
"""
import os
import socket
import sys


def main():
    path, log = sys.argv[1:]
    if os.path.lexists(path):
        os.unlink(path)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(path)
    os.chmod(path, 0o666)
    with open(log, "wb", buffering=1 << 16) as out:
        while True:
            out.write(receiver.recv(1 << 16) + b"\n")


if __name__ == "__main__":
    main()
