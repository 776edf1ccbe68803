"""Sends commands in clear behind STARTTLS, in one segment and in a second one, and says whether one is answered."""

import socket
import ssl
import sys


def line(stream):
    found = stream.readline(4096)
    if not found.endswith(b"\r\n"):
        raise ConnectionError("the connection ended")
    return found


def reply(stream):
    while True:
        found = line(stream)
        if found[3:4] != b"-":
            return found


def inject(server, ca, torn):
    with socket.create_connection(server, timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb", buffering=0)
        reply(stream)
        connection.sendall(b"EHLO client.example\r\n")
        reply(stream)
        pieces = [b"STARTTLS\r\n", b"NOOP\r\nRSET\r\n"] if torn else [b"STARTTLS\r\nNOOP\r\nRSET\r\n"]
        for piece in pieces:
            connection.sendall(piece)
        first = reply(stream)
        if not first.startswith(b"220"):
            return "not begun: %r" % first
        context = ssl.create_default_context(cafile=ca)
        try:
            with context.wrap_socket(connection, server_hostname="localhost") as secure:
                secure.sendall(b"EHLO client.example\r\nQUIT\r\n")
                inner = secure.makefile("rb", buffering=0)
                answers = [reply(inner)[:3], reply(inner)[:3]]
        except (OSError, ConnectionError) as e:
            return "refused: %r" % e
        if answers != [b"250", b"221"]:
            sys.exit("failed: replies %r (expected: those to EHLO and QUIT only)" % answers)
        return "dropped"


def main():
    host, _, port = sys.argv[1].rpartition(":")
    for torn in (False, True):
        print("torn" if torn else "in one segment", inject((host, int(port)), sys.argv[2], torn))


if __name__ == "__main__":
    main()
