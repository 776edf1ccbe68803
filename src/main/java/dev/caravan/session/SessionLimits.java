package dev.caravan.session;

import dev.caravan.codec.LineLimits;
import java.time.Duration;

/**
 * The limits of receiving by SMTP. Each part throws {@link IllegalArgumentException} if one is out of range.
 *
 * @param connections how many at once; further ones get 421.
 * @param patience what a session may do besides sending mail.
 * @param mail limits of one message.
 * @param times how long the server waits.
 */
public record SessionLimits(Connections connections, Patience patience, PerMail mail, Times times) {
    /** The defaults. */
    public static final SessionLimits DEFAULT =
            new SessionLimits(Connections.DEFAULT, Patience.DEFAULT, PerMail.DEFAULT, Times.DEFAULT);

    /**
     * Connections at once.
     *
     * @param total default 10000.
     * @param perAddress from one IP address; default 100.
     */
    public record Connections(int total, int perAddress) {
        /** The defaults. */
        public static final Connections DEFAULT = new Connections(10_000, 100);

        public Connections {
            Least.require(total >= 1, "connections", total);
            Least.require(perAddress >= 1, "connections per address", perAddress);
        }
    }

    /**
     * What a session may do besides sending mail; beyond that it gets 421 4.7.0.
     *
     * @param errors the number of 5yz replies that end the session; at least 1, default 20.
     * @param junkCommands how many unproductive commands it may send between two accepted messages: HELO, EHLO, RSET,
     *     NOOP, VRFY, HELP, commands that the server does not implement, and MAIL and RCPT without effect beyond the
     *     recipient limit of one message; at least 1, default 100.
     */
    public record Patience(int errors, int junkCommands) {
        /** The defaults. */
        public static final Patience DEFAULT = new Patience(20, 100);

        public Patience {
            Least.require(errors >= 1, "errors", errors);
            Least.require(junkCommands >= 1, "junk commands", junkCommands);
        }
    }

    /**
     * Limits of one message.
     *
     * @param recipients further ones get 452 4.5.3; at least 100 (RFC 5321 §4.5.3.1.8), default 1000; smaller for
     *     tests.
     * @param octets of content; more get 552 5.3.4; default 50 MiB.
     * @param lineOctets of one line of content, with CRLF; more get 554 5.6.0; at least 1000, default 1 MiB.
     * @param longestHold for how long its sender may have it held back (RFC 4865); zero if that is not offered; default
     *     7 days.
     */
    public record PerMail(int recipients, long octets, int lineOctets, Duration longestHold) {
        /** The defaults. */
        public static final PerMail DEFAULT = new PerMail(1000, 50L * 1024 * 1024, 1024 * 1024);

        /** With the default time to be held back. */
        public PerMail(int recipients, long octets, int lineOctets) {
            this(recipients, octets, lineOctets, Duration.ofDays(7));
        }

        public PerMail {
            Least.require(recipients >= 1, "recipients", recipients);
            Least.require(octets >= 1, "octets", octets);
            Least.require(lineOctets >= 1000, "octets of a line", lineOctets);
        }
    }

    /**
     * How long the server waits. The limits on the client do not run while the client waits for the server; exceeding
     * one ends the session with 421 4.4.2.
     *
     * @param idle without any octet; default 5 minutes (RFC 5321 §4.5.3.2.7).
     * @param command from the first octet of a command line to its CRLF; default 5 minutes.
     * @param content how long content may take in addition to the time that its octets need at the slowest rate;
     *     default 5 minutes.
     * @param slowestRate of content, in octets per second; default 500.
     * @param answer of the route to a question; default 5 minutes. The client gets 451 4.3.0 and 421 4.3.0.
     * @param farewell between the server's last reply and its closing the connection, if the client does not close it;
     *     default 2 seconds.
     */
    public record Times(
            Duration idle, Duration command, Duration content, int slowestRate, Duration answer, Duration farewell) {
        /** The defaults. */
        public static final Times DEFAULT = new Times(
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(5),
                500,
                Duration.ofMinutes(5),
                Duration.ofSeconds(2));

        public Times {
            for (Duration time : new Duration[] {idle, command, content, answer, farewell}) {
                Least.require(time.compareTo(Duration.ofMillis(1)) >= 0, "milliseconds", time.toMillis());
            }
            Least.require(slowestRate >= 1, "octets per second", slowestRate);
        }
    }

    LineLimits lines() {
        return new LineLimits(LineLimits.DEFAULT.command(), LineLimits.DEFAULT.extended(), mail.lineOctets());
    }

    /**
     * A class of its own, because the defaults of the outer record use the inner records: their static initializers
     * must not wait for each other.
     */
    private static final class Least {
        static void require(boolean valid, String what, long value) {
            if (!valid) {
                throw new IllegalArgumentException("limit of " + value + " " + what + " is too small");
            }
        }
    }
}
