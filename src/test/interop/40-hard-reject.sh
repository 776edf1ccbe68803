# A 5yz reply of the next hop becomes a report that names recipient, status and the reply.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port"
# -- MAIL, RCPT, DATA, and the end of content, each with the peer's own code
number=0
while read -r command status; do
    number=$((number + 1))
    start_sink "sink-$number" -f "$command" -B "550 $status Refused at stage $number"
    send bob@local.example "carol-$number@remote.example" "refused $number"
    wait_for_mails "$maildir/bob/new" 1 60
    helper dsn --action failed --status "$status" --recipient "carol-$number@remote.example" --to bob@local.example \
        --subject "refused $number" --diagnostic "550 $status Refused at stage $number" --bounces \
        "$(only_mail "$maildir/bob/new")"
    rm -f "$maildir/bob/new"/*
    stop_sink
done <<'STAGES'
MAIL 5.7.1
RCPT 5.1.1
DATA 5.6.0
. 5.2.3
STAGES
stop_caravan
[ "$(count "$maildir/bob/new")" -eq 0 ] || fail "a second report came"
