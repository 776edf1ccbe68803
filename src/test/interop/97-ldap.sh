# Users of OpenLDAP's slapd log in by their passwords there, over StartTLS.
. "$(dirname "$0")/lib.sh"
. "$here/secure.sh"

make_home
make_certificates
ldap_port=$(helper free-port)
mkdir "$work/ldap"
cat >"$work/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $work/slapd.pid
TLSCACertificateFile $work/ca.pem
TLSCertificateFile $work/cert.pem
TLSCertificateKeyFile $work/cert.key
security simple_bind=128
database mdb
suffix dc=local,dc=example
directory $work/ldap
rootdn cn=admin,dc=local,dc=example
rootpw admin-secret
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=admin,dc=local,dc=example" write by * none
END
slapadd -q -f "$work/slapd.conf" >"$work/slapadd.log" 2>&1 <<END || fail "slapadd (see slapadd.log)"
dn: dc=local,dc=example
objectClass: domain
dc: local

dn: ou=people,dc=local,dc=example
objectClass: organizationalUnit
ou: people

dn: uid=alice,ou=people,dc=local,dc=example
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: Example
mail: alice@local.example
userPassword: $(slappasswd -s 'correct horse')
END
slapd -d 0 -f "$work/slapd.conf" -h "ldap://127.0.0.1:$ldap_port" >"$work/slapd.log" 2>&1 &
slapd_pid=$!
stop_more() {
    kill "$slapd_pid" 2>/dev/null || true
    wait "$slapd_pid" 2>/dev/null || true
}
wait_until 20 listens "$ldap_port" || fail "slapd does not listen (see slapd.log)"
(umask 077 && printf 'admin-secret\n' >"$work/ldap-password")
submission=$(helper free-port)
start_caravan 120 --set "submission.listen=127.0.0.1:$submission" --set auth.require-tls=false --set auth.sources=ldap \
    --set "auth.ldap.url=ldap://localhost:$ldap_port" --set "auth.ldap.ca=$work/ca.pem" \
    --set auth.ldap.base=ou=people,dc=local,dc=example --set 'auth.ldap.filter=(uid={user})' --set auth.ldap.name=mail \
    --set auth.ldap.bind-dn=cn=admin,dc=local,dc=example --set "auth.ldap.password-file=$work/ldap-password"
login() {
    swaks --server "127.0.0.1:$submission" --timeout 30 --ehlo client.example --from alice@local.example \
        --to bob@local.example --auth PLAIN --auth-user "$1" --auth-password "$2" >>"$work/swaks.log" 2>&1
}
login alice 'correct horse' || fail "alice cannot log in (see swaks.log)"
wait_for_mails "$maildir/bob/new" 1 60
login alice wrong && fail "a wrong password logs in" || true
login alice '' && fail "an empty password logs in" || true
login '*' 'correct horse' && fail "a wildcard is a user" || true
login mallory 'correct horse' && fail "an unknown user logs in" || true
stop_caravan
[ "$(count "$maildir/bob/new")" -eq 1 ] || fail "more mail has arrived"
