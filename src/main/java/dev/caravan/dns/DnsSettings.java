package dev.caravan.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.xbill.DNS.ResolverConfig;

/**
 * Which name servers to ask, how long to wait, and how much to cache.
 *
 * @param servers recursive name servers, tried in order; at least one.
 * @param queryTimeout how long to wait for one answer of one server; default 5 s.
 * @param triesPerServer how often each server is asked before a lookup fails; default 2.
 * @param cacheEntries how many answers are cached, each for its time to live; default 50,000.
 */
public record DnsSettings(
        List<InetSocketAddress> servers, Duration queryTimeout, int triesPerServer, int cacheEntries) {
    private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(5);
    private static final int TRIES_PER_SERVER = 2;
    private static final int CACHE_ENTRIES = 50_000;

    /** @throws IllegalArgumentException if there is no server or a number is not positive. */
    public DnsSettings {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no name server (expected: >= 1)");
        }
        if (queryTimeout.isNegative() || queryTimeout.isZero() || triesPerServer < 1 || cacheEntries < 1) {
            throw new IllegalArgumentException("timeout, tries or cache entries not positive");
        }
    }

    /** These servers with the default times and limits. */
    public static DnsSettings of(List<InetSocketAddress> servers) {
        return new DnsSettings(servers, QUERY_TIMEOUT, TRIES_PER_SERVER, CACHE_ENTRIES);
    }

    /** The name servers of the operating system's configuration. */
    public static DnsSettings ofSystem() {
        return of(ResolverConfig.getCurrentConfig().servers());
    }

    /** The same servers with another timeout. */
    public DnsSettings withTimeout(Duration other) {
        return new DnsSettings(servers, other, triesPerServer, cacheEntries);
    }

    /** The time after which a lookup fails, whatever the state of its queries. */
    Duration longestLookup() {
        return queryTimeout.multipliedBy((long) triesPerServer * servers.size());
    }
}
