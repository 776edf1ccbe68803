package dev.caravan.routetest;

import dev.caravan.dns.MxAnswer;
import dev.caravan.net.ListenerKind;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A test of the routes: a client that sends one message, the remote hosts, and the expected results.
 *
 * @param place file and line, for the output.
 * @param name the name of the test.
 * @param at the time that rules see; empty for the real time.
 * @param client the sending client and its message.
 * @param world the answers of the DNS and of other servers.
 * @param expected the expected results, by key of the file.
 */
record RouteScenario(
        String place, String name, Optional<Instant> at, Client client, World world, Map<String, Expected> expected) {
    /**
     * One session with one message.
     *
     * @param kind of the listener that the client connects to.
     * @param address the client address that the server assumes.
     * @param user the user that the server takes the client for; empty if it has not authenticated.
     * @param sender the address in MAIL FROM, with its parameters.
     * @param recipients the addresses in RCPT TO, with their parameters.
     * @param content lines separated by LF.
     */
    record Client(
            ListenerKind kind,
            InetAddress address,
            Optional<String> user,
            String helo,
            Path sender,
            List<Path> recipients,
            String content) {}

    /**
     * An address in a command.
     *
     * @param parameters such as {@code NOTIFY=NEVER}; may be empty.
     */
    record Path(String address, String parameters) {
        /** {@code alice@a.example NOTIFY=NEVER}. */
        static Path of(String text) {
            int space = text.indexOf(' ');
            return space < 0
                    ? new Path(text, "")
                    : new Path(
                            text.substring(0, space), text.substring(space + 1).strip());
        }

        String in(String command) {
            return command + ":<" + address + ">" + (parameters.isEmpty() ? "" : " " + parameters);
        }
    }

    /**
     * The answers of remote hosts.
     *
     * @param dns answers by domain; any other domain has a mail host of its own.
     * @param peers replies by host and beginning of a command; other commands are accepted.
     */
    record World(Map<String, MxAnswer> dns, Map<String, Map<String, String>> peers) {}

    /**
     * An expected result.
     *
     * @param place file and line.
     * @param texts the beginning of each expected line.
     */
    record Expected(String place, List<String> texts) {}

    Optional<Expected> expected(String key) {
        return Optional.ofNullable(expected.get(key));
    }
}
