# The archive of classes, made at the first run, touches nothing: no broker that the settings name, no folder of theirs.
. "$(dirname "$0")/lib.sh"

copy=$work/distribution
mkdir -p "$copy/target"
# Sources are not copied: what is built is new enough then.
cp -R "$root/caravan" "$root/pom.xml" "$root/routes" "$root/broker-config" "$root/caravan.properties" "$copy"
cp -R "$root/target/lib" "$root/target/caravan.jar" "$copy/target"
mkdir -p "$copy/src/main"
touch "$copy/target/caravan.jar"

# A broker of somebody else, and a folder of theirs: whoever connects to it is counted.
port=$(helper free-port)
setsid "$python" -c '
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    listener.accept()
    print("somebody connected", flush=True)
' "$port" >"$work/broker.log" 2>&1 &
broker=$!
wait_until 10 listens "$port" || fail "the counting broker does not listen"
wait_until 10 has_lines "$work/broker.log" somebody 1 || fail "the counting broker does not count"
# That look was counted, too.
before=$(wc -l <"$work/broker.log")
printf 'broker.url=tcp://127.0.0.1:%s\ncontent.spool=%s\n' "$port" "$work/theirs" >>"$copy/caravan.properties"

# The archive is made before a server begins, which here ends at once for want of a port.
make_home
if "$copy/caravan" run --home "$home" --set broker.url= --set content.spool=spool --set smtp.listen=nonsense \
    >"$work/caravan.out" 2>"$work/caravan.err"; then
    fail "it runs with a listener that is nonsense"
fi
found=$(find "$copy/target" -name 'caravan-*.jsa' -size +1M -o -name 'caravan-*.aot' -size +1M)
[ -n "$found" ] || fail "no archive was made"
after=$(wc -l <"$work/broker.log")
kill "$broker"
[ "$before" = "$after" ] || fail "the making of the archive connected to the broker of the settings"
[ ! -e "$work/theirs" ] || fail "the making of the archive wrote into a folder of the settings"
