package dev.caravan.routetest;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.lifecycle.Threads;
import dev.caravan.mail.Domain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The remote hosts of a test of routes: a DNS, and a mail server on its own loopback address for each host. A host that
 * the test does not describe accepts all mail.
 */
final class FakeRemoteHosts implements MailDns, AutoCloseable {
    private static final int MOST_HOSTS = 200;
    private static final int TRIES = 20;
    private static final String ANY = "";

    private final Map<String, ServerSocket> servers = new TreeMap<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile RouteScenario.World world = new RouteScenario.World(Map.of(), Map.of());

    /**
     * Opens a server for each host, and one for all others, at the same port of different addresses.
     *
     * @throws IOException if there is no such port, or more than 200 hosts.
     */
    FakeRemoteHosts(Set<String> hosts) throws IOException {
        List<String> names = new ArrayList<>(hosts);
        names.add(0, ANY);
        if (names.size() > MOST_HOSTS) {
            throw new IOException(names.size() + " hosts in one file of tests (expected: < " + MOST_HOSTS + ")");
        }
        for (int i = 0; i < TRIES && servers.size() < names.size(); i++) {
            close();
            servers.clear();
            open(names);
        }
        if (servers.size() < names.size()) {
            throw new IOException("no port is free at " + names.size() + " loopback addresses");
        }
        servers.forEach((name, server) -> Threads.start("peer-" + name, () -> accept(name, server)));
    }

    private void open(List<String> names) throws IOException {
        int port = 0;
        for (int i = 0; i < names.size(); i++) {
            try {
                ServerSocket server = new ServerSocket(port, 50, InetAddress.getByName("127.0.0." + (i + 2)));
                servers.put(names.get(i), server);
                port = server.getLocalPort();
            } catch (BindException e) {
                // The port is in use at one of the addresses; another port may be free at all.
                return;
            }
        }
    }

    /** The port of all hosts. */
    int port() {
        return any().getLocalPort();
    }

    private ServerSocket any() {
        return Objects.requireNonNull(servers.get(ANY), "the constructor opens one for all others");
    }

    /** Sets the answers from now on. */
    void say(RouteScenario.World other) {
        world = other;
    }

    @Override
    public CompletionStage<MxAnswer> mx(Domain domain) {
        MxAnswer standard = new MxAnswer.Hosts(List.of(new MxHost(10, "mx." + domain.key())));
        return CompletableFuture.completedFuture(world.dns().getOrDefault(domain.key(), standard));
    }

    @Override
    public CompletionStage<AddressAnswer> addresses(String hostName) {
        String name = hostName.toLowerCase(Locale.ROOT);
        ServerSocket server = servers.getOrDefault(name, any());
        return CompletableFuture.completedFuture(new AddressAnswer.Addresses(List.of(server.getInetAddress())));
    }

    private void accept(String host, ServerSocket server) {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                Threads.start("peer-session", () -> talk(host, socket));
            }
        } catch (IOException e) {
            // Closed: the tests have ended.
            return;
        }
    }

    private void talk(String host, Socket socket) {
        try (socket;
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                OutputStream out = socket.getOutputStream()) {
            say(out, reply(host, "connect", "220 " + host + " ESMTP"));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String verb = line.toUpperCase(Locale.ROOT);
                String answer = reply(host, line, verb.startsWith("DATA") ? "354 go on" : "250 2.0.0 ok");
                say(out, answer);
                if (verb.equals("DATA") && answer.startsWith("3")) {
                    skipContent(in);
                    say(out, reply(host, ".", "250 2.0.0 taken"));
                } else if (verb.equals("QUIT")) {
                    return;
                }
            }
        } catch (IOException e) {
            // The client closed the connection.
            return;
        } finally {
            sockets.remove(socket);
        }
    }

    private static void skipContent(BufferedReader in) throws IOException {
        String line = in.readLine();
        while (line != null && !line.equals(".")) {
            line = in.readLine();
        }
    }

    /** The reply for the longest matching beginning. */
    private String reply(String host, String command, String standard) {
        return world.peers().getOrDefault(host, Map.of()).entrySet().stream()
                .filter(entry -> command.toUpperCase(Locale.ROOT)
                        .startsWith(entry.getKey().toUpperCase(Locale.ROOT)))
                .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(standard);
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket server : servers.values()) {
            server.close();
        }
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
