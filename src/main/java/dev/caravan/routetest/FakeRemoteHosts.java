package dev.caravan.routetest;

import dev.caravan.dns.MailDns;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The remote hosts of a test of routes: a DNS, and a mail server on its own loopback address for each host. A host that
 * the test does not describe accepts all mail.
 */
final class FakeRemoteHosts implements AutoCloseable {
    private static final int MOST_HOSTS = 200;
    private static final int TRIES = 20;
    /** The host for all that no test names. */
    private static final String ANY = "any.invalid";

    private final Map<String, FakeMailHost> hosts = new TreeMap<>();
    private final FakeMailDns dns = new FakeMailDns(this::address);

    /**
     * Opens a server for each host, and one for all others, at the same port of different addresses.
     *
     * @throws IOException if there is no such port, or more than 200 hosts.
     */
    FakeRemoteHosts(Set<String> names) throws IOException {
        List<String> all = new ArrayList<>(names);
        all.add(0, ANY);
        if (all.size() > MOST_HOSTS) {
            throw new IOException(all.size() + " hosts in one file of tests (expected: < " + MOST_HOSTS + ")");
        }
        for (int i = 0; i < TRIES && hosts.size() < all.size(); i++) {
            close();
            hosts.clear();
            open(all);
        }
        if (hosts.size() < all.size()) {
            throw new IOException("no port is free at " + all.size() + " loopback addresses");
        }
        hosts.values().forEach(FakeMailHost::start);
    }

    private void open(List<String> names) throws IOException {
        int port = 0;
        for (int i = 0; i < names.size(); i++) {
            try {
                InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0." + (i + 2)), port);
                FakeMailHost host = new FakeMailHost(names.get(i), address, List.of());
                hosts.put(names.get(i), host);
                port = host.socketAddress().getPort();
            } catch (BindException e) {
                // The port is in use at one of the addresses; another port may be free at all.
                return;
            }
        }
    }

    private FakeMailHost any() {
        return Objects.requireNonNull(hosts.get(ANY), "the constructor opens one for all others");
    }

    private InetAddress address(String name) {
        return hosts.getOrDefault(name, any()).socketAddress().getAddress();
    }

    MailDns dns() {
        return dns;
    }

    /** The port of all hosts. */
    int port() {
        return any().socketAddress().getPort();
    }

    /** Sets the answers from now on. */
    void say(RouteScenario.World world) {
        dns.answer(world.dns());
        hosts.forEach((name, host) -> host.answer(world.peers().getOrDefault(name, Map.of())));
    }

    @Override
    public void close() throws IOException {
        for (FakeMailHost host : hosts.values()) {
            host.close();
        }
    }
}
