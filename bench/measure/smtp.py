#!/usr/bin/env python3
"""A small SMTP client for what smtp-source does not measure: readiness, latency, idle connections.

Usage: smtp.py HOST:PORT SECONDS      waits until the server greets
"""
import selectors
import socket
import sys
import time


class Session:
    """A blocking session; anything but the expected reply is an OSError."""

    def __init__(self, target, timeout=30):
        self.sock = socket.create_connection(target, timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.sock.makefile("rb")
        self._expect(b"220")

    def _expect(self, code):
        line = self.replies.readline()
        while line.startswith(code) and line[3:4] == b"-":
            line = self.replies.readline()
        if not line.startswith(code):
            raise OSError(f"reply {line!r} (expected: {code.decode()})")

    def say(self, line, code):
        self.sock.sendall(line + b"\r\n")
        self._expect(code)

    def ehlo(self):
        self.say(b"EHLO client.bench.test", b"250")

    def send(self, content, recipient="recipient@example.test"):
        self.say(b"MAIL FROM:<sender@bench.test>", b"250")
        self.say(b"RCPT TO:<%s>" % recipient.encode("ascii"), b"250")
        self.say(b"DATA", b"354")
        self.say(content, b"250")

    def close(self):
        """Says QUIT and does not wait for the reply, which is no part of any mail's latency."""
        self.sock.sendall(b"QUIT\r\n")
        self.replies.close()
        self.sock.close()


def wait_until_ready(target, timeout):
    """Waits for the greeting; False if it does not come in time."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            Session(target, timeout=max(0.1, end - time.monotonic())).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


def latencies(target, rate, count, length, reuse):
    """Milliseconds of each of count mails, of which one is due every 1/rate seconds.

    A mail is timed from the connect (from MAIL on a connection that is reused) to the 250 after its content; one that
    starts late, since the one before was slow, from the moment at which it was due.
    """
    line = b"x" * 78 + b"\r\n"
    head = b"From: <sender@bench.test>\r\nTo: <recipient@example.test>\r\nSubject: latency\r\n\r\n"
    content = head + line * (length // len(line) + 1) + b"."
    session = None
    times = []
    first = time.monotonic() + 0.1
    for number in range(count):
        due = first + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        if session is None:
            session = Session(target)
            session.ehlo()
        session.send(content)
        times.append((time.monotonic() - due) * 1000)
        if not reuse:
            session.close()
            session = None
    if session is not None:
        session.close()
    return times


class _Idle:
    """A connection that waits for the greeting, says EHLO, and is silent from then on."""

    def __init__(self, target):
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.connect_ex(target)
        self.received = b""
        self.greeted = False
        self.held = False

    def reads(self):
        """False once it is lost or has had its reply."""
        try:
            octets = self.sock.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self.received += octets
        last = self.received.rsplit(b"\r\n", 2)[-2] if self.received.endswith(b"\r\n") else b""
        if not self.greeted and last[:4] == b"220 ":
            self.greeted, self.received = True, b""
            self.sock.send(b"EHLO client.bench.test\r\n")
        elif self.greeted and last[:4] == b"250 ":
            self.held = True
        return bool(octets) and not self.held

    def is_open(self):
        try:
            return self.held and self.sock.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def hold_idle(target, wanted, patience, while_held):
    """Opens connections and holds them; returns how many are held, the seconds it took, and while_held()."""
    selector = selectors.DefaultSelector()
    connections, pending = [], 0
    began = last = time.monotonic()
    try:
        while (pending or len(connections) < wanted) and time.monotonic() - last < patience:
            while pending < 100 and len(connections) < wanted:
                connections.append(_Idle(target))
                selector.register(connections[-1].sock, selectors.EVENT_READ, connections[-1])
                pending += 1
            for key, _ in selector.select(timeout=0.5):
                if not key.data.reads():
                    selector.unregister(key.fileobj)
                    pending -= 1
                    last = time.monotonic()
        time.sleep(2)
        held = sum(connection.is_open() for connection in connections)
        return held, last - began, while_held()
    finally:
        selector.close()
        for connection in connections:
            connection.sock.close()


def main():
    host, _, port = sys.argv[1].rpartition(":")
    sys.exit(0 if wait_until_ready((host, int(port)), float(sys.argv[2])) else 1)


if __name__ == "__main__":
    main()
