# Prometheus watches a server through which mail goes: promtool finds nothing wrong with the page, the alarms and the
# configuration of docs/monitoring, every expression of the dashboard is answered, and an alarm fires when it should.
. "$(dirname "$0")/lib.sh"

watch() { "$python" "$here/monitoring.py" "$@"; }

make_home
web=127.0.0.1:$(helper free-port)
start_sink sink -r RCPT -b '450 4.2.0 Later'
start_caravan 120 --set "delivery.smarthost=127.0.0.1:$sink_port" --set "http.listen=$web"
[ "$(watch status "http://$web/health/live")" = 200 ] || fail "not live"
[ "$(watch status "http://$web/health/ready")" = 200 ] || fail "not ready"

mkdir "$work/prometheus"
cp "$root"/docs/monitoring/*.yml "$work/prometheus"
sed -i -e "s/127.0.0.1:8025/$web/" -e 's/scrape_interval: 15s/scrape_interval: 1s\n  evaluation_interval: 1s/' \
    "$work/prometheus/prometheus.yml"
# Alarms at once, and one of them although no mail is late.
sed -i -e 's/for: [0-9]*[mh]$/for: 1s/' -e 's/> 300$/>= 0/' "$work/prometheus/alerts.yml"
(cd "$root/docs/monitoring" && promtool check config prometheus.yml && promtool check rules alerts.yml)
(cd "$work/prometheus" && promtool check config prometheus.yml)

prometheus=127.0.0.1:$(helper free-port)
prometheus --config.file="$work/prometheus/prometheus.yml" --storage.tsdb.path="$work/prometheus/data" \
    --web.listen-address="$prometheus" --log.level=warn >"$work/prometheus.log" 2>&1 &
prometheus_pid=$!
stop_more() {
    kill "$prometheus_pid" 2>/dev/null || true
    wait "$prometheus_pid" 2>/dev/null || true
}
watch wait "http://$prometheus" 'up{job="caravan"}' 1 60

for number in 1 2 3 4 5; do send bob@local.example alice@local.example "local $number"; done
send bob@local.example carol@remote.example deferred
swaks --server "$smtp" --timeout 20 --ehlo client.example --from bob@local.example --to nobody@local.example \
    >"$work/swaks.log" 2>&1 && fail "mail for nobody was taken"
wait_for_mails "$maildir/alice/new" 5 60

watch wait "http://$prometheus" 'caravan_mails_accepted_total{source="smtp"}' 6 30
watch wait "http://$prometheus" 'caravan_recipients_delivered_total{transport="local"}' 5 30
watch wait "http://$prometheus" 'caravan_refusals_total{reason="unknown-user",kind="permanent"}' 1 30
watch wait "http://$prometheus" 'caravan_queue_depth{queue="mail.retry.15m"}' 1 60
watch wait "http://$prometheus" 'caravan_queue_oldest_age_seconds{queue="mail.retry.15m"}' 2 60
watch wait "http://$prometheus" 'ALERTS{alertname="CaravanRetriesAreLate",alertstate="firing"}' 1 60

watch page "http://$web/metrics" >"$work/page"
promtool check metrics <"$work/page" || fail "promtool finds fault with the page"
watch dashboard "http://$prometheus" "$root/docs/monitoring/grafana-dashboard.json" 1
watch rules "http://$prometheus"

stop_caravan
watch wait "http://$prometheus" 'ALERTS{alertname="CaravanDown",alertstate="firing"}' 1 60
