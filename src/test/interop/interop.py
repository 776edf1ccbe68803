"""What the interop tests need beyond a shell: ports, octets, and reading mail by Python's own means."""

import argparse
import email
import email.policy
import os
import random
import re
import socket
import sys


def expect(claim, words):
    if not claim:
        sys.exit("failed: " + words)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def free_port(args):
    """A port below those that the system gives to clients: while its server is away, nobody else gets it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        lowest = int(file.read().split()[0])
    for _ in range(1000):
        port = random.randrange(1024, lowest) if lowest > 2048 else 0
        with socket.socket() as server:
            try:
                server.bind(("127.0.0.1", port))
            except OSError:
                continue
            print(server.getsockname()[1])
            return
    sys.exit("failed: no free port")


def content(args):
    """Content with everything that careless programs change."""
    lines = [
        b"From: bob@local.example",
        b"To: alice@local.example",
        b"Subject: octets",
        b"CAmelExecCommandExecutable: plain content",
        b"mail.smtp.host: plain content",
        b"MIME-Version: 1.0",
        b"Content-Type: application/octet-stream",
        b"Content-Transfer-Encoding: 8bit",
        b"",
        b"",
        b".",
        b"..",
        b".leading dot",
        b"...",
        b"From the start of a line",
        b"trailing white space \t ",
        b"\ttab",
        b"every octet but NUL, CR and LF:",
        bytes(octet for octet in range(1, 256) if octet not in (10, 13)),
        b"a line of 5000 octets:",
        b"x" * 5000,
        b"empty lines at the end",
        b"",
        b"",
    ]
    sys.stdout.buffer.write(b"".join(line + b"\r\n" for line in lines))


def stuffed(args):
    """Content as it goes over the wire, without the CRLF behind the final dot, which swaks adds."""
    octets = read(args.file)
    expect(octets.endswith(b"\r\n"), "content does not end with CRLF")
    sys.stdout.buffer.write(re.sub(rb"(?m)^\.", b"..", octets) + b".")


def reply_id(args):
    """The id in the reply to the end of content: swaks marks what it got by an arrow."""
    lines = read(args.file).decode("latin-1").splitlines()
    replies = [line for line in lines if line.startswith("<-  250 ")]
    expect(len(replies) >= 3, "no 250 after the content")
    found = re.findall(r"\b[0-9A-Z]{16}\b", replies[-1])
    expect(len(found) == 1, "no id in reply %r" % replies[-1])
    print(found[0])


def same_octets(args):
    sent, arrived = read(args.sent), read(args.arrived)
    if args.from_sink:
        # smtp-sink ends what it dumps with an empty line of its own.
        expect(arrived.endswith(b"\n"), "%s is not complete" % args.arrived)
        arrived = arrived[:-1]
    # A file on a Unix system may end its lines with LF; nothing else may differ.
    if not arrived.endswith(sent):
        sent = sent.replace(b"\r\n", b"\n")
    expect(arrived.endswith(sent), "content differs: see %s and %s" % (args.sent, args.arrived))
    trace = arrived[: -len(sent)].decode("ascii").replace("\r\n", "\n")
    expect(re.search(r"\bid %s\b" % args.id, trace), "id %s is not in the trace fields" % args.id)
    if args.return_path:
        expect(trace.startswith("Return-Path: %s\n" % args.return_path), "no Return-Path at the beginning")
    for line in trace.splitlines():
        expect(re.match(r"[\t ]|[!-9;-~]+:", line), "%r is no header field" % line)


def unique_recipients(args):
    """Each mail of smtp-source -N has a recipient of its own, which smtp-sink writes into its dump."""
    found = []
    for folder, _, names in os.walk(args.folder):
        for name in names:
            match = re.search(rb"^X-Rcpt-Args: <([^>]*)>", read(os.path.join(folder, name)), re.M)
            expect(match, "no recipient in %s" % name)
            found.append(match.group(1))
    expect(len(found) == args.count, "%d mails (expected: %d)" % (len(found), args.count))
    expect(len(set(found)) == args.count, "%d mails came twice" % (len(found) - len(set(found))))


def return_paths(args):
    for path in args.files:
        first = read(path).splitlines()[0].decode("ascii")
        expect(first == "Return-Path: " + args.expected, "%s begins with %r" % (path, first))


def fields_of(block):
    return {name.lower(): str(value) for name, value in block.items()}


def address_of(field):
    kind, _, address = field.partition(";")
    expect(kind.strip().lower() == "rfc822", "address type of %r (expected: rfc822)" % field)
    return address.strip()


def check_frame(args, message):
    expect(message.get_content_type() == "multipart/report", "type is %s" % message.get_content_type())
    expect(message.get_param("report-type") == "delivery-status", "report-type is not delivery-status")
    expect(message["Return-Path"].strip() == "<>", "Return-Path is %s (expected: <>)" % message["Return-Path"])
    expect(message["Auto-Submitted"] == "auto-replied", "Auto-Submitted is %s" % message["Auto-Submitted"])
    for name in ("From", "Subject", "Message-ID", "MIME-Version"):
        expect(message[name], "no %s field" % name)
    expect(message["Date"].datetime is not None, "no date in Date: %s" % message["Date"])
    expect(message["To"].addresses[0].addr_spec == args.to, "To is %s (expected: %s)" % (message["To"], args.to))
    for part in message.walk():
        expect(not part.defects, "%s has defects: %s" % (part.get_content_type(), part.defects))


def check_status(args, blocks):
    expect(len(blocks) == 2, "%d groups of status fields (expected: 1 and 1)" % len(blocks))
    of_mail, of_recipient = (fields_of(block) for block in blocks)
    expect(re.match(r"dns; *\S", of_mail.get("reporting-mta", "")), "no Reporting-MTA")
    expect(of_mail.get("arrival-date"), "no Arrival-Date")
    expect(address_of(of_recipient["final-recipient"]) == args.recipient, "final recipient is another")
    expect(of_recipient["action"] == args.action, "action is %s" % of_recipient["action"])
    expect(re.fullmatch(args.status, of_recipient["status"]), "status is %s" % of_recipient["status"])
    if args.diagnostic:
        expect(re.match(r"dns; *\S", of_recipient.get("remote-mta", "")), "no Remote-MTA")
        words = " ".join(of_recipient.get("diagnostic-code", "").split())
        expect(words.lower().startswith("smtp;") and args.diagnostic in words, "diagnostic is %r" % words)


def dsn(args):
    octets = read(args.file)
    message = email.message_from_bytes(octets, policy=email.policy.default)
    check_frame(args, message)
    parts = message.get_payload()
    expect(len(parts) == 3, "%d parts (expected: 3)" % len(parts))
    expect(parts[0].get_content_type() == "text/plain", "first part is %s" % parts[0].get_content_type())
    expect(args.recipient in parts[0].get_content(), "first part does not name the recipient")
    expect(parts[1].get_content_type() == "message/delivery-status", "second part is not the status")
    check_status(args, parts[1].get_payload())
    returned = parts[2].get_content_type()
    expect(returned in args.returned.split(","), "third part is %s (expected: %s)" % (returned, args.returned))
    expect("Subject: " + args.subject in parts[2].as_string(), "the returned part is not the mail")
    from flufl.bounce import all_failures

    temporary, permanent = (
        {address if isinstance(address, str) else address.decode("ascii") for address in addresses}
        for addresses in all_failures(email.message_from_bytes(octets))
    )
    expect(temporary == set(), "flufl.bounce finds a temporary failure: %s" % temporary)
    expected = {args.recipient} if args.bounces else set()
    expect(permanent == expected, "flufl.bounce finds %s (expected: %s)" % (permanent, expected))


# Ends that some server takes for CRLF.CRLF; none of them is.
FALSE_ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\n.\r",
    b"\r.\n",
    b"\r\r\n.\r\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
    b"\r\n. \r\n",
    b"\r\n\x85.\x85",
    b"\r\n..\r\n",
]


def reply(stream):
    """The code of one reply, all lines read; empty at the end of the connection."""
    while True:
        line = stream.readline(4096)
        expect(not line or line.endswith(b"\r\n"), "reply line %r" % line)
        if not line or line[3:4] != b"-":
            return line[:3].decode("ascii")


def converse(server, octets, *, greeting):
    """Sends one piece after another, each when the last is answered, and gives the codes."""
    with socket.create_connection(server, timeout=20) as connection:
        stream = connection.makefile("rb")
        codes = [reply(stream)]
        for piece in greeting:
            connection.sendall(piece)
            codes.append(reply(stream))
        connection.sendall(octets)
        rest = list(iter(lambda: reply(stream), ""))
        return codes, rest


def smuggle(args):
    host, _, port = args.server.rpartition(":")
    server = (host.strip("[]"), int(port))
    envelope = b"MAIL FROM:<%s>\r\n" % args.sender.encode(), b"RCPT TO:<%s>\r\n" % args.recipient.encode()
    inner = b"".join((b"MAIL FROM:<evil@remote.example>\r\n", envelope[1], b"DATA\r\nSubject: smuggled\r\n\r\nevil"))
    taken = 0
    for end in FALSE_ENDS:
        octets = b"Subject: outer\r\n\r\nouter" + end + inner + b"\r\n.\r\nQUIT\r\n"
        codes, rest = converse(server, octets, greeting=(b"EHLO client.example\r\n", *envelope, b"DATA\r\n"))
        expect(codes == ["220", "250", "250", "250", "354"], "%r: dialogue %s" % (end, codes))
        expect(len(rest) == 2 and rest[1] == "221", "%r: replies %s (expected: one, then 221)" % (end, rest))
        expect(rest[0] == "250" or rest[0][0] == "5", "%r: reply %s (expected: 250 or 5yz)" % (end, rest[0]))
        taken += rest[0] == "250"
    # A command does not end at LF either.
    for octets in (b"NOOP\nNOOP\r\nQUIT\r\n", b"NOOP\rNOOP\r\nQUIT\r\n"):
        codes, rest = converse(server, octets, greeting=(b"EHLO client.example\r\n",))
        expect(len(rest) == 2 and rest[0][0] == "5" and rest[1] == "221", "%r: replies %s" % (octets, rest))
    print(taken)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name, function, *arguments):
        sub = commands.add_parser(name)
        sub.set_defaults(function=function)
        for names, options in arguments:
            sub.add_argument(*names.split(), **options)

    command("free-port", free_port)
    command("content", content)
    command("stuffed", stuffed, ("file", {}))
    command("reply-id", reply_id, ("file", {}))
    command(
        "same-octets",
        same_octets,
        ("--id", {"required": True}),
        ("--return-path", {}),
        ("--from-sink", {"action": "store_true"}),
        ("sent", {}),
        ("arrived", {}),
    )
    command("unique-recipients", unique_recipients, ("count", {"type": int}), ("folder", {}))
    command("return-paths", return_paths, ("expected", {}), ("files", {"nargs": "+"}))
    command("smuggle", smuggle, ("server", {}), ("sender", {}), ("recipient", {}))
    command(
        "dsn",
        dsn,
        ("--action", {"required": True}),
        ("--status", {"required": True}),
        ("--recipient", {"required": True}),
        ("--to", {"required": True}),
        ("--subject", {"required": True}),
        ("--returned", {"default": "message/rfc822,text/rfc822-headers"}),
        ("--diagnostic", {}),
        ("--bounces", {"action": "store_true"}),
        ("file", {}),
    )
    args = parser.parse_args()
    args.function(args)


if __name__ == "__main__":
    main()
