# A mail by way of a smart host arrives there octet by octet.
. "$(dirname "$0")/lib.sh"

make_home
start_sink sink -d "$work/arrived/m."
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port"
helper content >"$work/sent"
send_octets bob@local.example carol@remote.example "$work/sent"
id=$(helper reply-id "$work/swaks.log")
wait_for_mails "$work/arrived" 1 60
# The sink writes its file before it answers, so this is the end of it: stopped, it has written all.
stop_caravan
stop_sink
helper same-octets --from-sink --id "$id" "$work/sent" "$(only_mail "$work/arrived")"
