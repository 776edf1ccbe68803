package dev.caravan.login;

import dev.caravan.net.HostAndPort;
import dev.caravan.net.TlsPolicy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A smart host: a mail server that takes mail for domains that are not its own, and how it is used.
 *
 * @param name by which settings, routes and logs name it: lower-case letters, digits and hyphens, a letter first; at most
 *     64.
 * @param hosts tried in this order; the first again when it is back.
 * @param tls what its connections require.
 * @param login how this server logs in; empty if it does not.
 * @param limits of its use.
 * @param otherwise the name of the smart host to use while this one cannot be.
 */
public record SmartHost(
        String name,
        List<HostAndPort> hosts,
        TlsPolicy tls,
        Optional<LoginSettings> login,
        Limits limits,
        Optional<String> otherwise) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    /**
     * Limits of the use of a smart host.
     *
     * @param connections the most at once.
     * @param messagesPerConnection after which it is closed.
     * @param messagesPerMinute the most that are begun.
     * @param messagesPerDay the most in any 24 hours.
     * @param recipientsPerDay likewise, of all messages together.
     */
    public record Limits(
            OptionalInt connections,
            OptionalInt messagesPerConnection,
            OptionalInt messagesPerMinute,
            OptionalInt messagesPerDay,
            OptionalInt recipientsPerDay) {
        /** No limits. */
        public static final Limits NONE = new Limits(
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty());

        /** Whether there is a limit for a day. */
        public boolean hasDay() {
            return messagesPerDay.isPresent() || recipientsPerDay.isPresent();
        }
    }

    /** @throws IllegalArgumentException if the name has another form, or there is no host. */
    public SmartHost {
        hosts = List.copyOf(hosts);
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "not a smart host's name (expected: 1 to 64 lower-case letters, digits, hyphens, a letter first)");
        }
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("a smart host without hosts (expected: hosts=HOST:PORT)");
        }
    }

    /** Whether a text may be the name of a smart host. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }
}
