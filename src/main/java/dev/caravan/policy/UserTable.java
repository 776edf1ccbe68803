package dev.caravan.policy;

import dev.caravan.mail.Mailbox;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The users of local domains: one {@code user} or {@code user@domain} a line, empty lines, and comments from
 * {@code #} on, at the start of a line or after white space.
 *
 * @param names without repetition; postmaster need not be among them, because it always exists (RFC 5321 §4.5.1).
 */
record UserTable(Set<LocalName> names) {
    UserTable {
        names = Set.copyOf(names);
    }

    /**
     * Reads a table.
     *
     * @throws TableLineException if a line is malformed.
     */
    static UserTable parse(List<String> lines) {
        Set<LocalName> names = new HashSet<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = TableLines.withoutComment(lines.get(i));
            if (!line.isEmpty()) {
                try {
                    names.add(LocalName.parse(line));
                } catch (IllegalArgumentException e) {
                    throw new TableLineException(i + 1, e);
                }
            }
        }
        return new UserTable(names);
    }

    /** The user who gets the mail of an address at a local domain. */
    Optional<String> userOf(Mailbox mailbox) {
        for (LocalName candidate : LocalName.candidates(mailbox)) {
            if (names.contains(candidate) || candidate.equals(LocalName.POSTMASTER)) {
                return Optional.of(candidate.toString());
            }
        }
        return Optional.empty();
    }
}
