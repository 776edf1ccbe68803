"""The certificate of a server that is measured over TLS, with its key: made once, by the OpenSSL of Postfix's root."""
import re

from . import place

# What the certificate of the mode has for a key, in the words of openssl req.
MODES = {"tls-ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "tls-rsa": ["-newkey", "rsa:2048"]}
LIMIT = 60


def file(mode):
    """Key and certificate in PEM."""
    return place.STATE / f"{mode}.pem"


def make(mode):
    """Makes them, if they are not there."""
    if file(mode).exists():
        return
    root = str(place.FOLDER / "peers" / "postfix")
    made = place.call(["chroot", root, "openssl", "req", "-x509", "-nodes", "-sha256", "-days", "3650", "-subj",
                       "/CN=mx.bench.test", "-keyout", "-", "-out", "-", "-batch", *MODES[mode]], LIMIT)
    # Between them are words about its progress.
    blocks = re.findall(r"-----BEGIN ([A-Z ]+)-----\n(.*?\n)-----END", made, re.DOTALL)
    begun = file(mode).with_suffix(".new")
    begun.touch(mode=0o600)
    begun.write_text("".join(f"-----BEGIN {name}-----\n{text}-----END {name}-----\n" for name, text in blocks),
                     encoding="ascii")
    begun.rename(file(mode))
