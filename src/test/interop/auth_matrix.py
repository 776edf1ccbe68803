"""Each client logs in by each of its mechanisms, in clear, by STARTTLS and under implicit TLS; the result must be the
table of docs/auth-matrix.md."""

import argparse
import base64
import concurrent.futures
import json
import os
import re
import smtplib
import ssl
import subprocess
import sys
import time

MODES = ("clear", "starttls", "implicit")
SENDER, RECIPIENT, USER = "alice@local.example", "bob@local.example", "alice"
LIMIT = 60


class Place:
    """The server, and what clients need to know of it."""

    def __init__(self, args):
        self.ports = {"clear": args.submission, "starttls": args.submission, "implicit": args.submissions}
        self.work = args.work
        self.here = os.path.dirname(os.path.abspath(__file__))
        self.ca = os.path.join(args.work, "cert.pem")
        self.password = read(os.path.join(args.work, "password")).strip()
        self.token = read(os.path.join(args.work, "token")).strip()

    def file(self, name):
        return os.path.join(self.work, name)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def is_oauth(mechanism):
    return mechanism in ("OAUTHBEARER", "XOAUTH2")


def user(mechanism):
    """Tokens are for an address."""
    return SENDER if is_oauth(mechanism) else USER


def run(command, text="", **more):
    done = subprocess.run(
        command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, check=False, **more
    )
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def message(subject):
    return "From: %s\nTo: %s\nSubject: %s\n\nHello\n" % (SENDER, RECIPIENT, subject)


def swaks(place, mechanism, mode, subject):
    tls = {"clear": [], "starttls": ["--tls"], "implicit": ["--tls-on-connect"]}[mode]
    return run(
        ["swaks", "--server", "localhost:%d" % place.ports[mode], "--timeout", "30", "--from", SENDER, "--to", RECIPIENT]
        + ["--auth", mechanism, "--auth-user", USER, "--auth-password", place.password, "--header", "Subject: " + subject]
        + (tls + ["--tls-verify", "--tls-ca-path", place.ca] if tls else [])
    )


def msmtp(place, mechanism, mode, subject):
    secret = place.file("token" if is_oauth(mechanism) else "password")
    tls = ["--tls=off"]
    if mode != "clear":
        tls = ["--tls=on", "--tls-starttls=" + ("on" if mode == "starttls" else "off"), "--tls-trust-file=" + place.ca]
    return run(
        ["msmtp", "--host=localhost", "--port=%d" % place.ports[mode], "--auth=" + mechanism.lower(), "--user=" + user(mechanism)]
        + ["--passwordeval=cat " + secret, "--timeout=30", "--from=" + SENDER, "--file=/dev/null"]
        + tls
        + [RECIPIENT],
        message(subject),
    )


def curl(place, mechanism, mode, subject):
    login = ["--user", USER + ":" + place.password]
    if is_oauth(mechanism):
        login = ["--user", SENDER + ":", "--oauth2-bearer", place.token]
    return run(
        ["curl", "--silent", "--show-error", "--max-time", "40", "--mail-from", SENDER, "--mail-rcpt", RECIPIENT]
        + ["--url", "%s://localhost:%d" % ("smtps" if mode == "implicit" else "smtp", place.ports[mode])]
        + ["--crlf", "--upload-file", "-", "--login-options", "AUTH=" + mechanism]
        + login
        + ([] if mode == "clear" else ["--ssl-reqd", "--cacert", place.ca]),
        message(subject),
    )


def gsasl(place, mechanism, mode, subject):
    """It logs in and sends nothing."""
    return run(
        ["gsasl", "--smtp", "--connect=localhost:%d" % place.ports[mode], "--mechanism=" + mechanism, "--no-cb"]
        + ["--authentication-id=" + USER, "--authorization-id=" + USER, "--password=" + place.password]
        + (["--no-starttls"] if mode == "clear" else ["--starttls", "--x509-ca-file=" + place.ca])
        + ["--hostname=localhost", "--service=smtp"],
        ""
    )


def smtplib_(place, mechanism, mode, subject):
    context = ssl.create_default_context(cafile=place.ca)
    try:
        if mode == "implicit":
            client = smtplib.SMTP_SSL("localhost", place.ports[mode], timeout=30, context=context)
        else:
            client = smtplib.SMTP("localhost", place.ports[mode], timeout=30)
        with client:
            if mode == "starttls":
                client.starttls(context=context)
            client.ehlo()
            client.user, client.password = USER, place.password
            answer = {
                "PLAIN": client.auth_plain,
                "LOGIN": client.auth_login,
                "XOAUTH2": lambda challenge=None: "user=%s\1auth=Bearer %s\1\1" % (SENDER, place.token),
                "OAUTHBEARER": lambda challenge=None: "n,a=%s,\1auth=Bearer %s\1\1" % (SENDER, place.token),
            }[mechanism]
            client.auth(mechanism, answer)
            client.sendmail(SENDER, [RECIPIENT], message(subject))
        return True, ""
    except (OSError, smtplib.SMTPException) as e:
        return False, repr(e)


def nodemailer(place, mechanism, mode, subject):
    wanted = {"mechanism": mechanism, "mode": mode, "port": place.ports[mode], "ca": place.ca, "user": user(mechanism)}
    wanted.update({"password": place.password, "token": place.token, "from": SENDER, "to": RECIPIENT, "subject": subject})
    return run(["node", os.path.join(place.here, "node", "send.js"), json.dumps(wanted)])


def net_smtp(place, mechanism, mode, subject):
    return run(
        ["perl", os.path.join(place.here, "send.pl"), mechanism, mode, str(place.ports[mode]), place.ca, USER]
        + [place.password, SENDER, RECIPIENT, subject]
    )


def s_nail(place, mechanism, mode, subject):
    scheme = "smtps" if mode == "implicit" else "smtp"
    secret = place.token if is_oauth(mechanism) else place.password
    options = {
        "v15-compat": "yes",
        "mta": "%s://%s:%s@localhost:%d" % (scheme, user(mechanism).replace("@", "%40"), secret, place.ports[mode]),
        "smtp-auth": mechanism.lower(),
        "from": SENDER,
        "tls-ca-file": place.ca,
        "tls-ca-no-defaults": "yes",
        "tls-verify": "strict",
    }
    if mode == "starttls":
        options["smtp-use-starttls"] = "yes"
    command = ["s-nail", "-:/"]
    for name, value in options.items():
        command.append("-S%s=%s" % (name, value))
    return run(command + ["-Ssendwait", "-Snosave", "-r", SENDER, "-s", subject, RECIPIENT], "Hello\n")


def mutt(place, mechanism, mode, subject):
    scheme = "smtps" if mode == "implicit" else "smtp"
    settings = {
        "smtp_url": "%s://%s@localhost:%d" % (scheme, user(mechanism).replace("@", "%40"), place.ports[mode]),
        "smtp_pass": place.password,
        "smtp_authenticators": mechanism.lower(),
        "smtp_oauth_refresh_command": "cat " + place.file("token"),
        "from": SENDER,
        "ssl_starttls": "yes" if mode == "starttls" else "no",
        "ssl_force_tls": "no" if mode == "clear" else "yes",
        "certificate_file": place.ca,
        "ssl_ca_certificates_file": place.ca,
        "copy": "no",
    }
    rc = place.file("muttrc-%s-%s" % (mechanism, mode))
    with open(rc, "w", encoding="ascii") as file:
        for name, value in settings.items():
            file.write('set %s="%s"\n' % (name, value))
    return run(["mutt", "-n", "-F", rc, "-s", subject, RECIPIENT], "Hello\n")


CLIENTS = {
    "swaks": swaks,
    "msmtp": msmtp,
    "curl": curl,
    "gsasl": gsasl,
    "Python smtplib": smtplib_,
    "nodemailer": nodemailer,
    "Perl Net::SMTP": net_smtp,
    "s-nail": s_nail,
    "mutt": mutt,
}
ROW = re.compile(r"\| ([^|]+?) \| ([A-Z0-9-]+) \| ([^|]+?) \| ([^|]+?) \| ([^|]+?) \|")


def rows(table):
    """The rows of the table: client, mechanism, and a cell for each mode: yes, no, or - where the client cannot."""
    with open(table, encoding="utf-8") as file:
        found = [ROW.fullmatch(line.rstrip("\n")) for line in file]
    return [row.groups() for row in found if row and row.group(1) in CLIENTS]


def try_one(place, client, mechanism, mode):
    subject = "%s %s %s" % (client, mechanism, mode)
    try:
        passed, output = CLIENTS[client](place, mechanism, mode, subject)
    except (OSError, subprocess.TimeoutExpired) as e:
        passed, output = False, repr(e)
    return subject, "yes" if passed else "no", output


def arrived(folder):
    """By subject, by which protocol each message came, as its Received field says."""
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        subject = re.search(r"(?m)^Subject: (.*?)\r?$", text).group(1)
        found.setdefault(subject, []).append(re.search(r"\bwith (\S+)", text).group(1))
    return found


def check_mail(folder, sent):
    """Every login led to one message, and no refusal to any."""
    deadline = time.monotonic() + 60
    while len(arrived(folder)) < len(sent) and time.monotonic() < deadline:
        time.sleep(0.1)
    faults = []
    found = arrived(folder)
    for subject in sent:
        expected = ["ESMTPA" if subject.endswith(" clear") else "ESMTPSA"]
        if found.get(subject) != expected:
            faults.append("%s: arrived by %s (expected: %s)" % (subject, found.get(subject), expected))
    faults += ["%s: arrived" % subject for subject in found if subject not in sent]
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submission", type=int, required=True)
    parser.add_argument("--submissions", type=int, required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--maildir", required=True)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--only", default="")
    parser.add_argument("table")
    args = parser.parse_args()
    place = Place(args)
    jobs = []
    for client, mechanism, *cells in rows(args.table):
        for mode, cell in zip(MODES, cells):
            if cell != "-" and mode in args.modes.split(",") and args.only in client:
                jobs.append((client, mechanism, mode, cell))
    faults, sent = [], []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for job, (subject, result, output) in zip(jobs, pool.map(lambda job: try_one(place, *job[:3]), jobs)):
            print("%s: %s" % (subject, result))
            if result != job[3]:
                faults.append("%s: %s (expected: %s)\n    %s" % (subject, result, job[3], output[-1500:]))
            elif result == "yes" and job[0] != "gsasl":
                sent.append(subject)
    faults += check_mail(args.maildir, sent)
    print("\n".join(faults))
    print("%d logins, %d as the table does not say" % (len(jobs), len(faults)))
    sys.exit(1 if faults or not jobs else 0)


if __name__ == "__main__":
    main()
