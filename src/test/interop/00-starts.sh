# It serves, announces what works and nothing else, and stops when it is told.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 240
swaks --server "$smtp" --timeout 20 --ehlo client.example --quit-after EHLO >"$work/swaks.log" 2>&1 ||
    fail "no EHLO dialogue (see swaks.log)"
grep -q '^<-  220 mx\.local\.example ' "$work/swaks.log" || fail "greeting does not begin with the host's name"
announced=$(sed -n 's/^<-  250[- ]\([0-9A-Z-]*\).*/\1/p' "$work/swaks.log" | tail -n +2 | sort | tr '\n' ' ')
expected='8BITMIME BINARYMIME CHUNKING DELIVERBY DSN ENHANCEDSTATUSCODES LIMITS MT-PRIORITY PIPELINING SIZE SMTPUTF8 STARTTLS '
[ "$announced" = "$expected" ] || fail "announces $announced(expected: $expected)"
stop_caravan
