# shellcheck shell=bash disable=SC2034,SC2153
# Haraka, from npm, with one worker as by default. accept: outbound delivery disabled, and a concurrency of 1 so that
# waiting mail costs nothing.
PORT=$((BENCH_PORT + 5))

install_peer() {
    command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
    mkdir -p "$ROOT" && (cd "$ROOT" && npm install --silent --no-audit --no-fund Haraka) >"$STATE/install-haraka.log" 2>&1
}
version() { sed -n 's/.*"version": "\(.*\)".*/\1/p' "$ROOT/node_modules/Haraka/package.json"; }

configure() {
    local site=$ROOT/site
    mkdir -p "$site/config" "$site/plugins" "$site/queue"
    echo haraka.bench.test >"$site/config/me"
    echo relay_to_sink >"$site/config/plugins"
    echo "listen=127.0.0.1:$PORT" >"$site/config/smtp.ini"
    sed "s/^bytes=.*/bytes=$MAX_SIZE/" "$ROOT/node_modules/Haraka/config/connection.ini" >"$site/config/connection.ini"
    {
        [ "$1" = relay ] || printf 'disabled=true\nconcurrency_max=1\n'
        printf 'enable_tls=false\nlocal_mx_ok=true\n'
    } >"$site/config/outbound.ini"
    cat >"$site/plugins/relay_to_sink.js" <<JS
'use strict'
exports.hook_connect = (next, connection) => { connection.relaying = true; next() }
exports.hook_rcpt = (next) => next(OK)
exports.hook_get_mx = (next) => next(OK, { priority: 0, exchange: '127.0.0.1', port: $SINK_PORT })
JS
}

launch() {
    run_in_group setsid node "$ROOT/node_modules/Haraka/bin/haraka" -c "$ROOT/site" >"$STATE/haraka.out" 2>&1 </dev/null &
}
quit() { kill "$(main_pid)"; }
main_pid() { members | head -n 1; }
queued() { find "$ROOT/site/queue" -type f | wc -l; }
purge() { [ ! -d "$ROOT/site/queue" ] || find "$ROOT/site/queue" -type f -delete; }
