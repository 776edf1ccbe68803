package dev.caravan.auth;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * As whom users may send besides themselves: a line {@code user: address, @domain, *}, comments from a number sign at
 * the start of a line. Several lines of a user add up. Immutable.
 */
public final class SenderTable {
    /** Nothing but themselves. */
    public static final SenderTable EMPTY = new SenderTable(Map.of());

    private final Map<String, List<SenderPattern>> byUser;

    private SenderTable(Map<String, List<SenderPattern>> byUser) {
        this.byUser = Map.copyOf(byUser);
    }

    /** Collects the lines of a table. */
    public static final class Builder {
        private final Map<String, List<SenderPattern>> byUser = new HashMap<>();

        /** @throws IllegalArgumentException if the line is malformed. */
        public void add(String line) {
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                return;
            }
            int colon = text.indexOf(':');
            if (colon <= 0) {
                throw new IllegalArgumentException("no colon after the user (expected: user: address, @domain or *)");
            }
            List<SenderPattern> patterns = Arrays.stream(
                            text.substring(colon + 1).strip().split("[,\\s]+"))
                    .map(SenderPattern::parse)
                    .toList();
            byUser.merge(Account.key(text.substring(0, colon).strip()), patterns, SenderTable::both);
        }

        public SenderTable build() {
            return new SenderTable(byUser);
        }
    }

    private static List<SenderPattern> both(List<SenderPattern> one, List<SenderPattern> two) {
        return Stream.concat(one.stream(), two.stream()).toList();
    }

    /** Whether the table lists the sender for the user. */
    boolean lists(String user, Mailbox sender) {
        return byUser.getOrDefault(Account.key(user), List.of()).stream().anyMatch(pattern -> pattern.matches(sender));
    }

    /** Whether the sender is the user's own address: at any local domain if the user's name has none. */
    static boolean isOwn(String user, Mailbox sender, Predicate<Domain> isLocal) {
        String key = Account.key(user);
        int at = key.lastIndexOf('@');
        if (at < 0) {
            return isLocal.test(sender.domain()) && SenderPattern.isLocal(sender, key);
        }
        return key.substring(at + 1).equals(sender.domain().key())
                && SenderPattern.isLocal(sender, key.substring(0, at));
    }
}
