# 100 sessions, 5000 mails, one connection for each: all arrive at the smart host, none twice.
. "$(dirname "$0")/lib.sh"

mails=5000
make_home
start_sink sink -d "$work/arrived/%S/m."
# A client may open its next connection before the server has seen the end of the last one.
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port" --set smtp.max-connections-per-address=400
smtp-source -4 -s 100 -m "$mails" -l 4096 -N -M client.example -f bob@local.example -t user@remote.example \
    "$smtp" || fail "smtp-source ended with $?"
wait_for_mails "$work/arrived" "$mails" 180
stop_caravan
stop_sink
helper unique-recipients "$mails" "$work/arrived"
[ "$(count "$maildir/bob/new")" -eq 0 ] || fail "bob got a report about mail that arrived"
