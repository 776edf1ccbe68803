package dev.caravan.admin;

import dev.caravan.mail.Domain;
import dev.caravan.mail.MailId;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueState;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Selects messages of the queues. An empty member selects all; of the others all must match.
 *
 * @param ids ids of messages or of single items; one of these must match.
 * @param from the reverse-path: an address, {@code @domain} for all of a domain, or {@code <>}.
 * @param to a recipient: an address, or {@code @domain} for all of a domain.
 * @param domain the domain of a recipient, or the next hop.
 * @param user who handed the message in: the name under which the client had authenticated, in lower case.
 * @param states one of these must match; never empty.
 */
public record QueueFilter(
        Set<String> ids,
        Optional<String> from,
        Optional<String> to,
        Optional<String> domain,
        Optional<String> user,
        Set<QueueState> states) {
    /** The maximum number of ids in a filter. */
    public static final int MAX_IDS = 1000;

    private static final String NULL_PATH = "<>";

    /** The names of the parameters that a filter is made of. */
    public static final Set<String> PARAMETERS = Set.of("id", "from", "to", "domain", "user", "state");

    public QueueFilter {
        ids = Set.copyOf(ids);
        states = Set.copyOf(states);
    }

    /**
     * Reads a filter.
     *
     * @param parameters {@code id} and {@code state} may be given often, the others once.
     * @param standard the states that are selected if none is given.
     * @throws IllegalArgumentException if a value is malformed; its message says what was expected.
     */
    public static QueueFilter of(Map<String, List<String>> parameters, Set<QueueState> standard) {
        List<String> ids = parameters.getOrDefault("id", List.of());
        if (ids.size() > MAX_IDS) {
            throw new IllegalArgumentException(ids.size() + " ids (expected: <= " + MAX_IDS + ")");
        }
        ids.forEach(QueueFilter::requireId);
        Set<QueueState> states = EnumSet.noneOf(QueueState.class);
        parameters.getOrDefault("state", List.of()).forEach(word -> states.add(QueueState.byWord(word)));
        return new QueueFilter(
                Set.copyOf(ids),
                single(parameters, "from").map(text -> text.equals(NULL_PATH) ? "" : address(text)),
                single(parameters, "to").map(QueueFilter::address),
                single(parameters, "domain").map(QueueFilter::domainKey),
                single(parameters, "user").map(text -> text.toLowerCase(Locale.ROOT)),
                states.isEmpty() ? standard : states);
    }

    private static void requireId(String id) {
        if (id.indexOf('.') < 0) {
            new MailId(id).text();
        } else {
            ItemId.parse(id).part();
        }
    }

    private static Optional<String> single(Map<String, List<String>> parameters, String name) {
        List<String> values = parameters.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw new IllegalArgumentException(name + " is given " + values.size() + " times (expected: once)");
        }
        return values.stream().findFirst();
    }

    private static String address(String text) {
        if (text.startsWith("@")) {
            return "@" + new Domain(text.substring(1)).key();
        }
        return key(text);
    }

    /** Whether every message of the states is selected. */
    public boolean isAll() {
        return ids.isEmpty() && from.isEmpty() && to.isEmpty() && domain.isEmpty() && user.isEmpty();
    }

    /** Whether an item in a queue of the states is selected: one matching recipient is enough. */
    public boolean matches(QueueItem item) {
        return isOneOf(item)
                && isFrom(item)
                && isOf(item)
                && item.recipients().stream().anyMatch(recipients(item));
    }

    /**
     * Whether an item is selected with all its recipients. Other items must not be removed: their other recipients would
     * lose the message.
     */
    public boolean matchesWholly(QueueItem item) {
        return isOneOf(item)
                && isFrom(item)
                && isOf(item)
                && item.recipients().stream().allMatch(recipients(item));
    }

    /**
     * Whether an item that only a newer server understands is listed: by its id, or with all of a state. Sender and
     * recipients of such an item are not known.
     */
    public boolean mayList(Optional<ItemId> id) {
        return from.isEmpty() && to.isEmpty() && domain.isEmpty() && user.isEmpty() && mayMean(id);
    }

    /** Whether an item that only a newer server understands, and of which only the id is known, may be selected. */
    public boolean mayMean(Optional<ItemId> id) {
        return ids.isEmpty()
                || id.filter(known -> ids.contains(known.mail().text()) || ids.contains(known.toString()))
                        .isPresent();
    }

    private boolean isOneOf(QueueItem item) {
        return ids.isEmpty()
                || ids.contains(item.id().mail().text())
                || ids.contains(item.id().toString());
    }

    private boolean isOf(QueueItem item) {
        return user.isEmpty()
                || item.mail()
                        .arrival()
                        .client()
                        .user()
                        .filter(name -> name.equalsIgnoreCase(user.get()))
                        .isPresent();
    }

    private boolean isFrom(QueueItem item) {
        return from.isEmpty()
                || fits(from.get(), item.mail().envelope().reversePath().address());
    }

    private Predicate<Recipient> recipients(QueueItem item) {
        boolean isNextHop = domain.isEmpty() || item.nextHop().destination().equalsIgnoreCase(domain.get());
        return recipient -> (to.isEmpty() || fits(to.get(), recipient.path().address()))
                && (isNextHop || recipient.path().domain().key().equals(domain.get()));
    }

    private static boolean fits(String pattern, String address) {
        String key = address.isEmpty() ? "" : key(address);
        return pattern.startsWith("@") ? key.endsWith(pattern) : key.equals(pattern);
    }

    /** The same text for all forms of an address, except for quotes. */
    private static String key(String address) {
        Mailbox mailbox = Mailbox.parse(address);
        return Mailbox.localKey(mailbox.localPart()) + "@" + mailbox.domain().key();
    }

    /** A name that is no domain names the destination of a transport. */
    private static String domainKey(String text) {
        try {
            return new Domain(text).key();
        } catch (IllegalArgumentException e) {
            return text.toLowerCase(Locale.ROOT);
        }
    }

    /** The queues that hold messages of the states, in the order of {@link #inOrder}. */
    public List<String> queues(Collection<String> names) {
        return names.stream()
                .filter(name -> QueueState.of(name).filter(states::contains).isPresent())
                .sorted(QueueFilter::inOrder)
                .toList();
    }

    /**
     * The order in which queues are listed and changed. A message that moves on meanwhile is mostly met again in a later
     * queue, and not missed.
     */
    public static int inOrder(String queue, String other) {
        int byState = Integer.compare(rank(queue), rank(other));
        return byState != 0 ? byState : queue.compareTo(other);
    }

    private static int rank(String queue) {
        return QueueState.of(queue).map(Enum::ordinal).orElse(Integer.MAX_VALUE);
    }
}
