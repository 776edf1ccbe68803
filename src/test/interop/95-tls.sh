# Programs that look for faults of TLS find none: testssl.sh on three ports, openssl, gnutls-cli; nmap finds no open relay.
. "$(dirname "$0")/lib.sh"
. "$here/secure.sh"

make_home
make_certificates
printf 'secret\n' >"$work/password"
add_user alice secret
submission=$(helper free-port)
submissions=$(helper free-port)
start_caravan 120 --set "submission.listen=127.0.0.1:$submission" --set "submissions.listen=127.0.0.1:$submissions" \
    --set "tls.certificate=$work/cert.pem" --set "tls.key=$work/cert.key" --set mail.relay-networks=192.0.2.1

# 1. testssl.sh, on all three ports at once; anything above LOW is a fault.
mkdir "$work/testssl"
declare -A run=()
scan() {
    # It finds no faults of ciphers, protocols, certificates, tickets or renegotiation.
    (cd "$work/testssl" && timeout 240 testssl --quiet --color 0 --warnings off --fast --ip one --add-ca "$work/ca.pem" \
        --severity MEDIUM --jsonfile "$work/testssl/$1.json" -p -s -f -S -U "${@:3}" "localhost:$2" \
        </dev/null >"$work/testssl/$1.log" 2>&1) &
    run[$1]=$!
}
scan mx "${smtp##*:}" -t smtp
scan submission "$submission" -t smtp
scan submissions "$submissions"

# 2. No session ticket, in either version.
tickets() {
    : | openssl s_client -connect "$1" -CAfile "$work/ca.pem" -verify_return_error -msg "${@:2}" >"$work/client.log" 2>&1 || true
    grep -q 'ServerHello' "$work/client.log" || fail "no handshake (see client.log)"
    grep -c 'NewSessionTicket' "$work/client.log" || true
}
for version in -tls1_2 -tls1_3; do
    (($(tickets "127.0.0.1:$submissions" "$version") == 0)) || fail "a session ticket with $version"
    (($(tickets "127.0.0.1:$submission" "$version" -starttls smtp) == 0)) || fail "a session ticket with $version, STARTTLS"
    grep -q 'Verify return code: 0' "$work/client.log" || fail "the certificate does not verify (see client.log)"
done
for version in -tls1 -tls1_1; do
    : | openssl s_client -connect "127.0.0.1:$submissions" "$version" -cipher ALL@SECLEVEL=0 >"$work/client.log" 2>&1 &&
        fail "$version is served" || true
done

# 3. What comes in clear behind STARTTLS is never answered under TLS.
"$python" "$here/injection.py" "127.0.0.1:$submission" "$work/ca.pem" || fail "injected commands were answered"

# 4. gnutls-cli.
printf 'EHLO client.example\r\nQUIT\r\n' | gnutls-cli --x509cafile="$work/ca.pem" --port="$submissions" localhost \
    >"$work/gnutls.log" 2>&1 || fail "gnutls-cli (see gnutls.log)"
grep -q '^250.AUTH ' "$work/gnutls.log" || fail "no AUTH under TLS for gnutls-cli (see gnutls.log)"

# 5. No open relay.
nmap -Pn -n -p "${smtp##*:}" --script +smtp-open-relay --script-args 'smtp-open-relay.domain=remote.example' 127.0.0.1 \
    >"$work/nmap.log" 2>&1 || fail "nmap (see nmap.log)"
grep -q "doesn't seem to be an open relay" "$work/nmap.log" || fail "nmap finds an open relay (see nmap.log)"

for name in "${!run[@]}"; do
    wait "${run[$name]}" || true
    [ -s "$work/testssl/$name.json" ] || fail "testssl.sh made no report of $name (see testssl/$name.log)"
done
"$python" - "$work/testssl" <<'END' || fail "testssl.sh found faults"
import json, os, sys

folder, faults = sys.argv[1], []
for name in sorted(os.listdir(folder)):
    if name.endswith(".json"):
        for finding in json.load(open(os.path.join(folder, name), encoding="utf-8")):
            # What Debian's openssl cannot look for is tested by ciphers that it has.
            if finding["id"] in ("engine_problem", "RC4") and finding["severity"] == "WARN":
                continue
            if finding["severity"] in ("MEDIUM", "HIGH", "CRITICAL", "FATAL", "WARN"):
                faults.append("%s: %s: %s: %s" % (name, finding["severity"], finding["id"], finding["finding"]))
print("\n".join(faults))
sys.exit(1 if faults else 0)
END
for name in "${!run[@]}"; do
    grep -q 'TLS 1.3' "$work/testssl/$name.log" || fail "testssl.sh has not looked at $name (see testssl/$name.log)"
done
stop_caravan
