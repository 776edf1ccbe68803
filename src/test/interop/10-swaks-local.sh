# A mail to a local user arrives octet by octet, and the 250 names it.
. "$(dirname "$0")/lib.sh"

make_home
start_caravan 120
helper content >"$work/sent"
send_octets bob@local.example alice@local.example "$work/sent"
id=$(helper reply-id "$work/swaks.log")
wait_for_mails "$maildir/alice/new" 1 60
helper same-octets --id "$id" --return-path '<bob@local.example>' "$work/sent" "$(only_mail "$maildir/alice/new")"
stop_caravan
