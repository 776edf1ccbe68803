#!/bin/bash
# Installs the programs that the tests beside this file use, from Debian's packages, where they are missing.
# Needs root for that. Starts nothing.
set -euo pipefail
PATH=$PATH:/usr/sbin

missing=()
command -v swaks >/dev/null || missing+=(swaks)
command -v msmtp >/dev/null || missing+=(msmtp)
command -v smtp-sink >/dev/null || missing+=(postfix)
command -v dovecot >/dev/null || missing+=(dovecot-imapd dovecot-pop3d openssl)
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing+=(prometheus)
command -v pebble >/dev/null || missing+=(pebble)
command -v knotd >/dev/null || missing+=(knot)
command -v dig >/dev/null || missing+=(bind9-dnsutils)
command -v gsasl >/dev/null || missing+=(gsasl)
command -v gnutls-cli >/dev/null || missing+=(gnutls-bin)
command -v testssl >/dev/null || missing+=(testssl.sh)
command -v nmap >/dev/null || missing+=(nmap)
command -v haproxy >/dev/null || missing+=(haproxy)
command -v curl >/dev/null || missing+=(curl)
command -v mutt >/dev/null || missing+=(mutt)
command -v s-nail >/dev/null || missing+=(s-nail)
command -v slapd >/dev/null || missing+=(slapd ldap-utils)
command -v npm >/dev/null || missing+=(npm)
[ -e /usr/lib/dovecot/submission ] || missing+=(dovecot-submissiond)
perl -MAuthen::SASL -MIO::Socket::SSL -e 1 2>/dev/null || missing+=(libauthen-sasl-perl libio-socket-ssl-perl)
command -v setsid >/dev/null || missing+=(util-linux)
"${PYTHON:-/usr/bin/python3}" -c 'import flufl.bounce' 2>/dev/null || missing+=(python3 python3-flufl.bounce)
from_npm() {
    local folder
    folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/node" && pwd)
    [ "$folder/package-lock.json" -ot "$folder/node_modules/.package-lock.json" ] ||
        (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund)
}

if ((${#missing[@]} == 0)); then
    from_npm
    exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
    echo "install.sh: missing ${missing[*]} (expected: installed, or run as root)" >&2
    exit 1
fi

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    # No package may start a service here.
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
if [[ " ${missing[*]} " == *" postfix "* ]]; then
    apt-get install -q -y --no-install-recommends debconf
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi
# Another mail server on this machine stays: rather fail than remove it for Postfix.
apt-get install -q -y --no-install-recommends --no-remove "${missing[@]}"
for service in postfix dovecot haproxy slapd knot; do
    if [[ " ${missing[*]} " == *" $service"* ]] && command -v systemctl >/dev/null; then
        systemctl disable "$service" >/dev/null 2>&1 || true
    fi
done
from_npm
