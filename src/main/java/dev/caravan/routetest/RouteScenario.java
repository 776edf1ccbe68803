package dev.caravan.routetest;

import dev.caravan.dns.MxAnswer;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A test of the routes: a client that sends one mail, the world around, and what is to become of the mail.
 *
 * @param place file and line, for those who read the result.
 * @param name what it shows.
 * @param at what time it is for rules; empty for the real time.
 * @param client who sends, and what.
 * @param world what the DNS and other servers say.
 * @param expected what is to happen, by the key of the file.
 */
record RouteScenario(
        String place, String name, Optional<Instant> at, Client client, World world, Map<String, Expected> expected) {
    /**
     * One session with one mail.
     *
     * @param address where the client seems to come from.
     * @param sender what stands in MAIL FROM:<>, and what follows it.
     * @param recipients what stands in RCPT TO:<>, and what follows it.
     * @param content lines separated by LF.
     */
    record Client(InetAddress address, String helo, Path sender, List<Path> recipients, String content) {}

    /**
     * An address as a command has it.
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
     * What others say.
     *
     * @param dns by domain; any other has a mail host of its own.
     * @param peers replies by host and beginning of a command; what is not there is taken.
     */
    record World(Map<String, MxAnswer> dns, Map<String, Map<String, String>> peers) {}

    /**
     * What is to be seen.
     *
     * @param place file and line.
     * @param texts how it begins, for each.
     */
    record Expected(String place, List<String> texts) {}

    Optional<Expected> expected(String key) {
        return Optional.ofNullable(expected.get(key));
    }
}
