# Behind HAProxy the server knows the client, by both versions of the PROXY protocol; from elsewhere the header is refused.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 120 --set smtp.proxy-networks=127.0.0.1/32
for version in 1 2; do ports[version]=$(helper free-port); done
cat >"$work/haproxy.cfg" <<END
global
    maxconn 100
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen one
    bind 127.0.0.1:${ports[1]}
    server caravan $smtp send-proxy source 127.0.0.1
listen two
    bind 127.0.0.1:${ports[2]}
    server caravan $smtp send-proxy-v2 source 127.0.0.1
END
haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 &
haproxy_pid=$!
stop_more() {
    kill "$haproxy_pid" 2>/dev/null || true
    wait "$haproxy_pid" 2>/dev/null || true
}
for version in 1 2; do
    wait_until 20 listens "${ports[version]}" || fail "HAProxy does not listen (see haproxy.log)"
    # Each client has an address of its own, which only the header tells.
    swaks --server "127.0.0.1:${ports[version]}" --local-interface "127.0.0.$((20 + version))" --timeout 20 \
        --ehlo client.example --from bob@local.example --to alice@local.example --header "Subject: by version $version" \
        >>"$work/swaks.log" 2>&1 || fail "swaks: not taken by version $version (see swaks.log)"
done
wait_for_mails "$maildir/alice/new" 2 60
for version in 1 2; do
    file=$(grep -l "^Subject: by version $version" "$maildir/alice/new/"*)
    grep -q "\[127.0.0.$((20 + version))\]" "$file" || fail "Received has another client: $(head -n 4 "$file")"
done
# A client that is no proxy speaks SMTP, and from a proxy's address that is refused.
swaks --server "$smtp" --local-interface 127.0.0.1 --timeout 20 --quit-after EHLO >"$work/swaks.log" 2>&1 &&
    fail "a connection without the header was served" || true
swaks --server "$smtp" --local-interface 127.0.0.9 --timeout 20 --quit-after EHLO >"$work/swaks.log" 2>&1 ||
    fail "a client beside the proxy was not served"
stop_caravan
