#!/usr/bin/env python3
"""Mail hosts that answer as slowly as those of the internet, and their DNS; in a process of its own.

Usage: world.py PORT DNS-PORT      prints "ready", then answers each line of its input with a line of JSON
       world.py routes PORT        prints the hosts as a transport table of Postfix

Host N of a kind has the domain hN.KIND.world.test, without MX, and an address of its own in 127.1.0.0/16; all hosts have
the same port. A host waits before its greeting and before the replies to EHLO, MAIL, DATA and the end of the content;
the replies to RCPT come with the one to MAIL. A dead host closes each connection at once.

Questions: "count" (how many messages have arrived, how many connections are open, the most that were open at once, how
many there were, how many messages came twice) and "arrived" (the recipient of each message and when it came).
"""
import asyncio
import json
import re
import socket
import struct
import sys
import threading
import time

DELAYS = {"quick": 0.05, "slow": 1.0, "tarpit": 30.0, "dead": 0.0}
KINDS = list(DELAYS)
DOMAIN = "world.test"
# The third part of an address tells the kind and the hundreds of the number.
PER_KIND, PER_PART = 64, 250
MOST_LINE = 1 << 20


def domain(kind, number):
    return f"h{number}.{kind}.{DOMAIN}"


def address(kind, number):
    return f"127.1.{KINDS.index(kind) * PER_KIND + number // PER_PART}.{number % PER_PART + 1}"


def kind_of(host):
    return KINDS[int(host.split(".")[2]) // PER_KIND]


class World:
    """What has happened so far."""

    def __init__(self):
        self.arrived, self.doubled, self.open, self.most, self.connections = {}, [], 0, 0, 0

    def take(self, recipients):
        for recipient in recipients:
            if recipient in self.arrived:
                self.doubled.append(recipient)
            else:
                self.arrived[recipient] = time.time()

    def answer(self, question):
        if question == "arrived":
            return self.arrived
        return {"arrived": len(self.arrived), "open": self.open, "most": self.most, "connections": self.connections,
                "doubled": self.doubled}


class Host(asyncio.Protocol):
    """One connection. Lines wait while a reply does."""

    def __init__(self, world, loop):
        self.world, self.loop = world, loop
        self.lines, self.timer = b"", None
        self.recipients, self.is_content = [], False

    def connection_made(self, transport):
        self.transport = transport
        kind = kind_of(transport.get_extra_info("sockname")[0])
        self.delay = DELAYS[kind]
        self.world.connections += 1
        self.world.open += 1
        self.world.most = max(self.world.most, self.world.open)
        if kind == "dead":
            transport.close()
        else:
            self.reply(b"220 world.test")

    def connection_lost(self, error):
        self.world.open -= 1
        if self.timer:
            self.timer.cancel()

    def reply(self, text, then=None):
        def say():
            self.timer = None
            if then:
                then()
            self.transport.write(text + b"\r\n")
            self.read()

        self.timer = self.loop.call_later(self.delay, say)

    def data_received(self, data):
        self.lines += data
        if len(self.lines) > MOST_LINE:
            self.transport.close()
        else:
            self.read()

    def read(self):
        while self.timer is None and not self.transport.is_closing():
            if self.is_content:
                # The end may begin with the end of the line before, of which the last two octets are kept.
                end = self.lines.find(b"\r\n.\r\n")
                if end < 0:
                    self.lines = self.lines[-4:]
                    return
                self.lines, self.is_content = self.lines[end + 5:], False
                taken, self.recipients = self.recipients, []
                self.reply(b"250 taken", lambda: self.world.take(taken))
            else:
                line, found, rest = self.lines.partition(b"\n")
                if not found:
                    return
                self.lines = rest
                self.command(line.strip())

    def command(self, line):
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            self.reply(b"250-world.test\r\n250-PIPELINING\r\n250 8BITMIME")
        elif verb == b"RCPT":
            self.recipients.append(line.partition(b"<")[2].partition(b">")[0].decode("ascii", "replace"))
            self.transport.write(b"250 ok\r\n")
        elif verb == b"DATA":
            self.lines, self.is_content = b"\r\n" + self.lines, True
            self.reply(b"354 go on")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            if verb in (b"MAIL", b"RSET"):
                self.recipients = []
            self.reply(b"250 ok")


class Dns(asyncio.DatagramProtocol):
    """Knows the addresses of the hosts, and that they have no MX."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, query, sender):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
            at += query[at] + 1
        asked, = struct.unpack(">H", query[at + 1:at + 3])
        name = re.fullmatch(rf"h(\d+)\.({'|'.join(KINDS)})\.{re.escape(DOMAIN)}", ".".join(labels))
        answer = b""
        if name and asked == 1:
            host = socket.inet_aton(address(name[2], int(name[1])))
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + host
        flags = 0x8180 if name else 0x8183
        head = query[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0)
        self.transport.sendto(head + query[12:at + 5] + answer, sender)


async def serve(port, dns_port):
    world, loop = World(), asyncio.get_running_loop()
    await loop.create_server(lambda: Host(world, loop), "0.0.0.0", port, backlog=4000)
    await loop.create_datagram_endpoint(Dns, ("127.0.0.1", dns_port))
    ended = asyncio.Event()

    def answer_questions():
        for line in sys.stdin:
            asked = asyncio.run_coroutine_threadsafe(_answer(world, line.strip()), loop)
            print(asked.result(), flush=True)
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=answer_questions, daemon=True).start()
    print("ready", flush=True)
    await ended.wait()


async def _answer(world, question):
    return json.dumps(world.answer(question))


def routes(port):
    """The next hops of a thousand hosts of each kind, as a table for Postfix."""
    for kind in KINDS:
        for number in range(1000):
            print(f"{domain(kind, number)} smtp:[{address(kind, number)}]:{port}")


if __name__ == "__main__" and sys.argv[1] == "routes":
    routes(sys.argv[2])
elif __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
