# Sourced by the tests of TLS and AUTH, behind lib.sh: a certificate of a test authority, users, tokens.

# An authority and a certificate for localhost and mx.local.example by it: ca.pem, cert.pem (with chain), key.pem.
make_certificates() {
    local name=${1:-cert} type=${2:-ec}
    local -a key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
    [ "$type" = ec ] || key=(-newkey rsa:2048)
    if [ ! -e "$work/ca.pem" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj '/CN=Test authority' \
            -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
            -keyout "$work/ca.key" -out "$work/ca.pem" 2>>"$work/openssl.log" || fail "no authority (see openssl.log)"
    fi
    openssl req "${key[@]}" -nodes -subj /CN=mx.local.example -keyout "$work/$name.key" -out "$work/$name.csr" \
        2>>"$work/openssl.log" || fail "no key (see openssl.log)"
    printf '%s\n' 'subjectAltName=DNS:localhost,DNS:mx.local.example,IP:127.0.0.1' 'basicConstraints=critical,CA:FALSE' \
        'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth,clientAuth' \
        'authorityInfoAccess=OCSP;URI:http://127.0.0.1:1/' >"$work/ext"
    openssl x509 -req -in "$work/$name.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 90 \
        -extfile "$work/ext" -out "$work/$name.leaf" 2>>"$work/openssl.log" || fail "no certificate (see openssl.log)"
    cat "$work/$name.leaf" "$work/ca.pem" >"$work/$name.pem"
    chmod 600 "$work/$name.key"
}

# add_user NAME PASSWORD
add_user() {
    printf '%s\n' "$2" | "${CARAVAN:-$root/caravan}" user add "$1" --password-stdin --home "$home" >>"$work/user.log" 2>&1 ||
        fail "no user $1 (see user.log)"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A key of an issuer in jwks.json, and a token by it for alice in the file token.
make_token() {
    openssl genrsa -out "$work/issuer.key" 2048 2>>"$work/openssl.log"
    local modulus head body
    modulus=$(openssl rsa -in "$work/issuer.key" -noout -modulus | sed 's/Modulus=//' | "$python" -c \
        'import base64,sys; print(base64.urlsafe_b64encode(bytes.fromhex(sys.stdin.read().strip())).rstrip(b"=").decode())')
    printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"one","n":"%s","e":"AQAB"}]}' "$modulus" >"$work/jwks.json"
    head=$(printf '{"alg":"RS256","typ":"JWT","kid":"one"}' | base64url)
    body=$(printf '{"iss":"https://issuer.example","aud":"smtp.local.example","sub":"1","email":"alice@local.example","iat":%d,"exp":%d}' \
        "$(date +%s)" "$(($(date +%s) + 3600))" | base64url)
    printf '%s.%s.%s\n' "$head" "$body" \
        "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$work/issuer.key" | base64url)" >"$work/token"
    chmod 600 "$work/token"
}

# The issuer's keys by HTTP, at the port $jwks_port.
start_jwks() {
    jwks_port=$(helper free-port)
    mkdir -p "$work/jwks"
    cp "$work/jwks.json" "$work/jwks/keys"
    "$python" -m http.server --bind 127.0.0.1 --directory "$work/jwks" "$jwks_port" >"$work/jwks.log" 2>&1 &
    jwks_pid=$!
    wait_until 20 listens "$jwks_port" || fail "no server of keys (see jwks.log)"
}
