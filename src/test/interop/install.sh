#!/bin/bash
# Installs the programs that the tests beside this file use, from Debian's packages, where they are missing.
# Needs root for that. Starts nothing: of Postfix only smtp-source and smtp-sink are wanted.
set -euo pipefail
PATH=$PATH:/usr/sbin

missing=()
command -v swaks >/dev/null || missing+=(swaks)
command -v msmtp >/dev/null || missing+=(msmtp)
command -v smtp-sink >/dev/null || missing+=(postfix)
command -v dovecot >/dev/null || missing+=(dovecot-imapd dovecot-pop3d openssl)
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing+=(prometheus)
command -v setsid >/dev/null || missing+=(util-linux)
"${PYTHON:-/usr/bin/python3}" -c 'import flufl.bounce' 2>/dev/null || missing+=(python3 python3-flufl.bounce)
((${#missing[@]} > 0)) || exit 0

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
for service in postfix dovecot; do
    if [[ " ${missing[*]} " == *" $service"* ]] && command -v systemctl >/dev/null; then
        systemctl disable "$service" >/dev/null 2>&1 || true
    fi
done
