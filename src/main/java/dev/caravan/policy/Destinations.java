package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The recipients that leave by a transport of the operator.
 *
 * @param choices the first that matches a recipient is used.
 */
public record Destinations(List<Choice> choices) {
    /** All mail uses the usual transports. */
    public static final Destinations NONE = new Destinations(List.of());

    private static final String ALL = "*";

    /**
     * One choice.
     *
     * @param key a domain, or a mailbox with its local part unquoted, in lower case; or {@code *} for all other domains.
     * @param isMailbox whether it is a mailbox.
     * @param transport the name after {@code mail.deliver.}.
     * @param rule the step of a route that made the choice, for people; empty if it is not known.
     */
    public record Choice(String key, boolean isMailbox, String transport, String rule) {}

    public Destinations {
        choices = List.copyOf(choices);
    }

    /**
     * These choices and one more.
     *
     * @param what a domain such as {@code orders.example}, a mailbox such as {@code orders@example.org}, or {@code *} for
     *     every recipient at a domain that is not local.
     * @param transport the name after {@code mail.deliver.}.
     * @throws IllegalArgumentException if it has another form.
     */
    public Destinations with(String what, String transport) {
        return with(what, transport, "");
    }

    /**
     * As {@link #with(String, String)}.
     *
     * @param rule the step of a route that makes the choice, for people.
     */
    public Destinations with(String what, String transport, String rule) {
        boolean isMailbox = what.contains("@");
        String key = isMailbox ? Mailbox.parse(what).key() : what.equals(ALL) ? ALL : new Domain(what).key();
        List<Choice> more = new ArrayList<>(choices);
        more.add(new Choice(key, isMailbox, transport, rule));
        return new Destinations(more);
    }

    /**
     * The choice that applies to a recipient: the first that fits; empty for the usual transport.
     *
     * @param isLocal whether the recipient's domain is local.
     */
    public Optional<Choice> choice(ForwardPath recipient, boolean isLocal) {
        for (Choice choice : choices) {
            String key = choice.isMailbox
                    ? recipient.mailbox().key()
                    : recipient.domain().key();
            if (choice.key.equals(key) || (choice.key.equals(ALL) && !isLocal)) {
                return Optional.of(choice);
            }
        }
        return Optional.empty();
    }
}
