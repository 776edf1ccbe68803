package dev.caravan.trace;

import dev.caravan.mail.ForwardPath;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * One decision about a message: the result of a rule, a look-up, the choice of a next hop, or a delivery attempt. After
 * a rollback the repeated decision is equal, except for {@code at}.
 *
 * @param at when it was made.
 * @param stage where in the life of the message.
 * @param subject what it is about.
 * @param step the step of a route that made it; empty for decisions of Caravan itself.
 * @param by the rule, look-up or protocol: a bean's name such as {@code throttle}, or {@code recipient-table},
 *     {@code next-hop}, {@code attempt}.
 * @param verdict the result in few words; may hold any character.
 * @param evidence the facts for it: the entry found, the limit, the remote host's reply; may be empty, and hold any
 *     character.
 */
public record Decision(
        Instant at,
        Stage stage,
        Subject subject,
        Optional<RouteStep> step,
        String by,
        String verdict,
        String evidence) {
    /** The verdict of a rule without objection. */
    public static final String PASS = "pass";

    /** Where in the life of a message a decision is made. */
    public enum Stage {
        /** A client connected. */
        CONNECTION,
        /** MAIL. */
        SENDER,
        /** RCPT. */
        RECIPIENT,
        /** The end of the content. */
        MAIL,
        /** Between the client and the queues, for messages of all sources. */
        SUBMIT,
        /** A delivery attempt, and what follows from it. */
        DELIVERY;

        /** The word for logs and programs. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What a decision is about.
     *
     * @param session the id of the SMTP session; empty if there is none.
     * @param message the id of the message or of one of its items; empty before there is one.
     * @param recipient empty if it is about all of them.
     */
    public record Subject(String session, String message, Optional<ForwardPath> recipient) {
        /** All recipients of a message or item. */
        public static Subject ofMessage(String id) {
            return new Subject("", id, Optional.empty());
        }

        /** The same for one recipient only. */
        public Subject to(ForwardPath path) {
            return new Subject(session, message, Optional.of(path));
        }
    }

    /**
     * A step of a route.
     *
     * @param route the id of the route.
     * @param file the name of the YAML file, without its folder; empty if Camel does not know it.
     * @param line the line in the file, from 1; 0 if Camel does not know it.
     */
    public record RouteStep(String route, String file, int line) {
        @Override
        public String toString() {
            if (file.isEmpty()) {
                return route;
            }
            return route + "@" + file + (line > 0 ? ":" + line : "");
        }
    }
}
