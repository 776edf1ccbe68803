"""Mail by other sources than SMTP: each is given so much at once, and measured until all of it is in the queue."""
import json
import os
import shutil
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from . import costs, place
from .costs import Costs
from .place import Failure

QUEUE = "mail.deliver.smtp"
SESSIONS = 20
LOOK_SECONDS = 0.1
MAILBOX = place.FOLDER / "mailbox"


def _message(octets, number=0):
    """A message with as many octets of text as smtp-source sends."""
    head = (f"From: sender@bench.test\r\nTo: recipient@example.test\r\nSubject: bench {number}\r\n"
            f"Date: Mon, 23 Nov 2026 14:00:00 +0000\r\nMessage-ID: <{number}@bench.test>\r\n\r\n")
    return head.encode("ascii") + _text(octets - len(head)).encode("ascii")


def _text(octets):
    return ("x" * 78 + "\r\n") * max(1, octets // 80)


def _document(octets):
    return json.dumps({"from": "sender@bench.test", "to": "recipient@example.test", "subject": "bench",
                       "text": _text(octets)}).encode("ascii")


class Arrivals:
    """Waits until a number of messages more are in the queue, and knows when the first of them was."""

    def __init__(self, server):
        self.server, self.before = server, self._depth(server)
        self.first = None

    @staticmethod
    def _depth(server):
        return server.look("depths").get(QUEUE, 0)

    def wait(self, mails, limit):
        end = time.monotonic() + limit
        while (found := self._depth(self.server) - self.before) < mails:
            if found and self.first is None:
                self.first = (time.monotonic(), found)
            if time.monotonic() > end:
                raise Failure(f"{found} mails more in the queue after {limit:.0f} s (expected: {mails})")
            time.sleep(LOOK_SECONDS)
        if found > mails:
            raise Failure(f"{found} mails more in the queue (expected: {mails})")
        return time.monotonic()


def _figures(mails, seconds, spent, **more):
    return {"mails_per_s": mails / seconds} | spent.per_mail(mails) | more | {"stored": mails, "sent": mails}


def _post(server, load, scene, body, kind, query=""):
    with tempfile.NamedTemporaryFile(dir=place.STATE) as file:
        file.write(body)
        file.flush()
        arrivals, spent, began = Arrivals(server), Costs(server, place.FOLDER), time.monotonic()
        printed = place.call(["ab", "-q", "-k", "-c", str(load.sessions), "-n", str(load.mails), "-p", file.name, "-T", kind,
                              f"http://127.0.0.1:{place.HTTP_PORT}/mail{query}"], scene.limit)
        seconds = time.monotonic() - began
    if "Non-2xx" in printed or "Failed requests:        0" not in printed:
        raise Failure(f"not all requests were accepted: {printed[-300:]}")
    arrivals.wait(load.mails, scene.limit)
    return _figures(load.mails, seconds, spent)


def http(server, load, scene):
    """A message as the body of a request."""
    return _post(server, load, scene, _message(load.octets), "message/rfc822",
                 "?from=sender@bench.test&to=recipient@example.test")


def document(server, load, scene):
    """A JSON document as the body of a request."""
    return _post(server, load, scene, _document(load.octets), "application/json")


def jms(server, load, scene):
    """A program puts messages into mail.submit, 100 in each of its transactions; until the last is stored as mail."""
    arrivals, spent = Arrivals(server), Costs(server, place.FOLDER)
    began = server.submit(load.mails, load.octets, scene.limit)
    sent = time.time() - began
    arrivals.wait(load.mails, scene.limit)
    return _figures(load.mails, time.time() - began, spent, sent_s=sent)


def _put(folder, names, make):
    """Writes files under other names, then renames them all."""
    for number, name in enumerate(names):
        with open(folder / ("." + name), "wb") as file:
            file.write(make(number, name))
    for name in names:
        os.rename(folder / ("." + name), folder / name)


def _files(server, load, scene, folder, names, make):
    """The rate is from the first file that is taken, since no file is taken before it has rested for two seconds."""
    arrivals, spent = Arrivals(server), Costs(server, place.FOLDER)
    _put(folder, names, make)
    began = time.monotonic()
    ended = arrivals.wait(load.mails, scene.limit)
    first, found = arrivals.first or (began, 0)
    rate = (load.mails - found) / (ended - first) if ended > first else 0.0
    left = [name for name in os.listdir(folder) if name in set(names)]
    if left:
        raise Failure(f"{len(left)} files were not taken")
    return _figures(load.mails, ended - began, spent) | {"mails_per_s": rate, "first_s": first - began}


def pickup(server, load, scene):
    """Files of pickup.folder."""
    names = [f"{time.time_ns()}-{number}.eml" for number in range(load.mails)]
    return _files(server, load, scene, server.home / "pickup", names, lambda number, name: _message(load.octets, number))


def sendmail(server, load, scene):
    """Files as bin/sendmail leaves them while no server runs."""
    folder = server.home / "sendmail"
    names = ["new." + os.urandom(15).hex() for _ in range(load.mails)]

    def make(number, name):
        texts = ["CARAVAN1", name[4:], "sendmail", "3", "-f", "sender@bench.test", "recipient@example.test",
                 str(int(time.time()))]
        head = "".join(text + "\0" for text in texts).encode("ascii")
        body = _message(load.octets, number)
        return b"".join(struct.pack(">I", len(part)) + part for part in (head, body)) + struct.pack(">I", 0)

    return _files(server, load, scene, folder, names, make)


class Dovecot:
    """An IMAP server with one mailbox, if the package dovecot-imapd is installed on this machine."""

    user, password = "bench", "secret"

    @staticmethod
    def start(mails, octets):
        """Starts with a mailbox that is full, so that no message is read while it is written."""
        if not shutil.which("dovecot"):
            raise Failure("no dovecot (expected: apt-get install dovecot-imapd)")
        Dovecot.stop()
        shutil.rmtree(MAILBOX, ignore_errors=True)
        for part in ("run", "state", "mail/cur", "mail/new", "mail/tmp"):
            (MAILBOX / part).mkdir(parents=True)
        shutil.chown(MAILBOX / "mail", "mail", "mail")
        for part in ("cur", "new", "tmp"):
            shutil.chown(MAILBOX / "mail" / part, "mail", "mail")
        MAILBOX.chmod(0o755)
        (MAILBOX / "passwd").write_text(f"{Dovecot.user}:{{PLAIN}}{Dovecot.password}\n", encoding="ascii")
        (MAILBOX / "dovecot.conf").write_text(f"""
base_dir = {MAILBOX}/run
state_dir = {MAILBOX}/state
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = {MAILBOX}/log
first_valid_uid = 1
mail_location = maildir:{MAILBOX}/mail
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {place.IMAP_PORT}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = {MAILBOX}/passwd
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={MAILBOX}
}}
""", encoding="ascii")
        Dovecot._fill(mails, octets)
        # It goes on in the background with the output that it has.
        subprocess.run(["dovecot", "-c", str(MAILBOX / "dovecot.conf")], check=True, timeout=30,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def _fill(mails, octets):
        folder = MAILBOX / "mail" / "new"
        for number in range(mails):
            path = folder / f"{time.time_ns()}.{number}.bench"
            path.write_bytes(b"Return-Path: <sender@bench.test>\r\n" + _message(octets, number))
            shutil.chown(path, "mail", "mail")

    @staticmethod
    def left():
        return sum(len(os.listdir(MAILBOX / "mail" / part)) for part in ("cur", "new"))

    @staticmethod
    def stop():
        conf = MAILBOX / "dovecot.conf"
        if conf.exists():
            subprocess.run(["dovecot", "-c", str(conf), "stop"], check=False, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)


def imap(server, load, scene):
    """A mailbox that is full at the beginning."""
    arrivals, spent = Arrivals(server), Costs(server, place.FOLDER)
    Dovecot.start(load.mails, load.octets)
    began = time.monotonic()
    try:
        ended = arrivals.wait(load.mails, scene.limit)
        first, found = arrivals.first or (began, 0)
        rate = (load.mails - found) / (ended - first) if ended > first else 0.0
        end = time.monotonic() + 10
        while (left := Dovecot.left()) and time.monotonic() < end:
            time.sleep(0.1)
        if left:
            raise Failure(f"{left} messages are still in the mailbox")
        return _figures(load.mails, ended - began, spent) | {"mails_per_s": rate, "first_s": first - began}
    finally:
        Dovecot.stop()
