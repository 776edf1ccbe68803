package dev.caravan.auth;

import dev.caravan.mail.Domain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The users of a file of credentials. Immutable; holds no password, and its text no hash. */
public final class CredentialTable {
    /** No users. */
    public static final CredentialTable EMPTY = new CredentialTable(Map.of());

    private final Map<String, Account> byKey;
    private final List<Account> all;

    private CredentialTable(Map<String, Account> byKey) {
        this.byKey = Map.copyOf(byKey);
        this.all = byKey.values().stream()
                .sorted((a, b) -> a.key().compareTo(b.key()))
                .toList();
    }

    /** Collects the lines of a file. */
    public static final class Builder {
        private final Map<String, Account> byKey = new HashMap<>();

        /**
         * Adds a line; empty lines and those that begin with a number sign have no user.
         *
         * @throws IllegalArgumentException if it is malformed, or its user has a line already; the message holds no secret.
         */
        public void add(String line) {
            if (line.isBlank() || line.startsWith("#")) {
                return;
            }
            Account account = Account.of(CredentialLine.parse(line.strip()));
            if (byKey.put(account.key(), account) != null) {
                throw new IllegalArgumentException("a user who has a line above (expected: one line for each)");
            }
        }

        public CredentialTable build() {
            return new CredentialTable(byKey);
        }
    }

    /** @throws IllegalArgumentException as {@link Builder#add}. */
    static CredentialTable parse(List<String> lines) {
        Builder builder = new Builder();
        lines.forEach(builder::add);
        return builder.build();
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** Whether the user is in the table and disabled. */
    public boolean isDisabled(String name) {
        Account account = byKey.get(Account.key(name));
        return account != null && account.isDisabled();
    }

    /** Whether every enabled user has keys for that hash, so that the mechanism works for all. */
    public boolean haveAllKeys(ScramHash hash) {
        return all.stream().anyMatch(account -> !account.isDisabled())
                && all.stream().filter(account -> !account.isDisabled()).allMatch(account -> account.hasKeys(hash));
    }

    Optional<Account> account(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    /** The user of that name in any case; at a local domain also the user without domain. */
    Optional<Account> find(String name, Predicate<Domain> isLocal) {
        for (String candidate : candidates(name, isLocal)) {
            Account account = byKey.get(candidate);
            if (account != null) {
                return Optional.of(account);
            }
        }
        return Optional.empty();
    }

    private static List<String> candidates(String name, Predicate<Domain> isLocal) {
        List<String> candidates = new ArrayList<>(List.of(Account.key(name)));
        int at = name.lastIndexOf('@');
        if (at > 0) {
            try {
                if (isLocal.test(new Domain(name.substring(at + 1)))) {
                    candidates.add(Account.key(name.substring(0, at)));
                }
            } catch (IllegalArgumentException e) {
                // Not a domain: no user of ours.
                return candidates;
            }
        }
        return candidates;
    }

    /** All users, in the order of their names. */
    List<Account> accounts() {
        return all;
    }

    @Override
    public String toString() {
        return "CredentialTable of " + all.size();
    }
}
