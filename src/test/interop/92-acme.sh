# The server gets its certificate from pebble, by HTTP and by DNS with Knot, and uses it without a restart.
. "$(dirname "$0")/lib.sh"

make_home
pebble_port=$(helper free-port)
http_port=$(helper free-port)
dns_port=$(helper free-port)
manage_port=$(helper free-port)

# pebble's own certificate, from an authority that Java does not know.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/pebble.key" -out "$work/pebble.pem" 2>"$work/openssl.log"
cat >"$work/pebble.json" <<END
{"pebble": {
  "listenAddress": "127.0.0.1:$pebble_port",
  "managementListenAddress": "127.0.0.1:$manage_port",
  "certificate": "$work/pebble.pem",
  "privateKey": "$work/pebble.key",
  "httpPort": $http_port,
  "tlsPort": 1,
  "externalAccountBindingRequired": false
}}
END
secret=$(openssl rand -base64 32)
mkdir "$work/zones" "$work/knot"
cat >"$work/zones/local.example.zone" <<END
local.example. 60 SOA ns.local.example. hostmaster.local.example. 1 60 60 60 60
local.example. 60 NS ns.local.example.
ns.local.example. 60 A 127.0.0.1
mx.local.example. 60 A 127.0.0.1
mail.local.example. 60 A 127.0.0.1
END
cat >"$work/knot.conf" <<END
server:
    listen: 127.0.0.1@$dns_port
    rundir: "$work"
    user: $(id -un):$(id -gn)
database:
    storage: "$work/knot"
log:
  - target: "$work/knot.log"
    any: info
key:
  - id: caravan
    algorithm: hmac-sha256
    secret: $secret
acl:
  - id: caravan
    key: caravan
    action: update
    update-type: TXT
template:
  - id: default
    storage: "$work/zones"
zone:
  - domain: local.example
    file: local.example.zone
    acl: caravan
    zonefile-sync: -1
    journal-content: all
END
(umask 077 && printf 'key "caravan" {\n  algorithm hmac-sha256;\n  secret "%s";\n};\n' "$secret" >"$work/tsig.key")

knotd -c "$work/knot.conf" >"$work/knot.out" 2>&1 &
knot_pid=$!
# It would refuse a twentieth of the nonces and wait some seconds before each check.
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=20 pebble -config "$work/pebble.json" -dnsserver "127.0.0.1:$dns_port" -strict \
    >"$work/pebble.log" 2>&1 &
pebble_pid=$!
stop_more() {
    kill "$pebble_pid" "$knot_pid" 2>/dev/null || true
    wait "$pebble_pid" "$knot_pid" 2>/dev/null || true
}
wait_until 20 listens "$pebble_port" || fail "pebble does not listen (see pebble.log)"
wait_until 20 listens "$dns_port" || fail "Knot does not listen (see knot.out)"

common=(--set "acme.directory=https://localhost:$pebble_port/dir" --set "acme.ca-file=$work/pebble.pem"
    --set acme.agree-terms=true --set acme.contact=postmaster@local.example)
pair=$home/data/tls/acme.pem

# names FILE: the host names of a certificate.
names() { openssl x509 -in "$1" -noout -ext subjectAltName | tail -n 1 | tr -d ' '; }

# serves: the issuer that a client of the STARTTLS port sees.
issuer() {
    : | openssl s_client -connect "$smtp" -starttls smtp -servername mx.local.example 2>/dev/null |
        openssl x509 -noout -issuer 2>/dev/null
}
serves_pebbles() { issuer | grep -q Pebble; }

# 1. By HTTP.
start_caravan 120 "${common[@]}" --set "acme.listen=127.0.0.1:$http_port"
wait_until 60 test -s "$pair" || fail "no certificate after 60 s"
[ "$(names "$pair")" = DNS:mx.local.example ] || fail "another name: $(names "$pair")"
[ "$(stat -c %a "$pair")" = 600 ] || fail "others can read the key"
openssl pkey -in "$pair" -noout -text 2>/dev/null | grep -q 'prime256v1\|P-256' || fail "not a P-256 key"
wait_until 30 serves_pebbles || fail "the new certificate is not served: $(issuer)"
curl -s -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$http_port/" | grep -qx 404 || fail "it serves something else"
stop_caravan

# 2. A restart orders nothing; more names are ordered at once, by DNS.
before=$(cksum <"$pair")
start_caravan 120 "${common[@]}" --set "acme.listen=127.0.0.1:$http_port"
wait_until 30 serves_pebbles || fail "the kept certificate is not served"
stop_caravan
[ "$(cksum <"$pair")" = "$before" ] || fail "a restart has ordered a certificate"
start_caravan 120 "${common[@]}" --set acme.names=mx.local.example,mail.local.example \
    --set "acme.dns.server=127.0.0.1:$dns_port" --set "acme.dns.key-file=$work/tsig.key" --set acme.dns.wait=10ms
has_both() { [ "$(names "$pair")" = DNS:mail.local.example,DNS:mx.local.example ] || [ "$(names "$pair")" = DNS:mx.local.example,DNS:mail.local.example ]; }
wait_until 60 has_both || fail "not for both names: $(names "$pair")"
stop_caravan
has_lines "$work/knot.log" 'DDNS, processing' 2 || fail "the zone was not changed"
dig +short @127.0.0.1 -p "$dns_port" TXT _acme-challenge.mx.local.example | grep -q . && fail "a TXT record is left"

# 3. What the zone does not allow is said, and the certificate stays.
sed -i 's/^  secret ".*"/  secret "b3RoZXI="/' "$work/tsig.key"
before=$(cksum <"$pair")
start_caravan 120 "${common[@]}" --set acme.names=mx.local.example,mail.local.example,ns.local.example \
    --set "acme.dns.server=127.0.0.1:$dns_port" --set "acme.dns.key-file=$work/tsig.key" --set acme.dns.wait=10ms
wait_until 60 has_lines "$work/caravan.err" 'acme: no new certificate: .*NOTAUTH' 1 || fail "the refusal is not logged"
stop_caravan
[ "$(cksum <"$pair")" = "$before" ] || fail "the certificate has changed"
