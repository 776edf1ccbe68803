package dev.caravan.auth;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.util.Locale;
import java.util.Optional;

/**
 * Addresses as which a user may send: one address with or without a detail ({@code alice+tag}), all of a domain
 * ({@code @a.example}), or all ({@code *}).
 *
 * @param local in lower case; empty for all.
 * @param domain empty for all.
 */
record SenderPattern(Optional<String> local, Optional<Domain> domain) {
    /** @throws IllegalArgumentException if it is none. */
    static SenderPattern parse(String text) {
        if (text.equals("*")) {
            return new SenderPattern(Optional.empty(), Optional.empty());
        }
        int at = text.lastIndexOf('@');
        if (at < 0 || at == text.length() - 1) {
            throw new IllegalArgumentException("malformed sender (expected: user@domain, @domain or *)");
        }
        Domain domain = new Domain(text.substring(at + 1));
        return new SenderPattern(
                at == 0 ? Optional.empty() : Optional.of(text.substring(0, at).toLowerCase(Locale.ROOT)),
                Optional.of(new Domain(domain.key())));
    }

    boolean matches(Mailbox sender) {
        return domain.map(one -> one.key().equals(sender.domain().key())).orElse(true)
                && local.map(one -> isLocal(sender, one)).orElse(true);
    }

    static boolean isLocal(Mailbox sender, String user) {
        String key = sender.localKey();
        int plus = key.indexOf('+');
        return key.equals(user) || (plus > 0 && key.substring(0, plus).equals(user));
    }
}
