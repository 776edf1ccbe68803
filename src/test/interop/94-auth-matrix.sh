# Every program of docs/auth-matrix.md logs in by every mechanism it has, in clear, by STARTTLS and under implicit TLS.
. "$(dirname "$0")/lib.sh"
. "$here/secure.sh"

make_home
make_certificates
make_token
start_jwks
stop_more() {
    kill "$jwks_pid" 2>/dev/null || true
    wait "$jwks_pid" 2>/dev/null || true
}
printf 'auth.mechanisms=PLAIN,LOGIN,SCRAM-SHA-1,SCRAM-SHA-256,OAUTHBEARER,XOAUTH2\n' >"$home/caravan.properties"
(umask 077 && printf 'pass word&%%1\n' | tr -d ' &%' >"$work/password")
add_user alice "$(cat "$work/password")"
submission=$(helper free-port)
submissions=$(helper free-port)
start_caravan 120 --set "submission.listen=127.0.0.1:$submission" --set "submissions.listen=127.0.0.1:$submissions" \
    --set "tls.certificate=$work/cert.pem" --set "tls.key=$work/cert.key" --set auth.require-tls=false \
    --set auth.oauth.issuer=https://issuer.example --set auth.oauth.audience=smtp.local.example \
    --set "auth.oauth.jwks=http://127.0.0.1:$jwks_port/keys"
mkdir -p "$maildir/bob/new"
"$python" "$here/auth_matrix.py" --submission "$submission" --submissions "$submissions" --work "$work" \
    --maildir "$maildir/bob/new" ${MATRIX_OPTIONS:-} "$root/docs/auth-matrix.md" || fail "the table is not what happens"
stop_caravan
