package dev.caravan.auth;

import dev.caravan.net.Networks;
import java.net.InetAddress;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A password of one device or program.
 *
 * @param label 1 to 64 letters, digits, {@code . _ -}; names it among those of its user.
 * @param hash of the password.
 * @param keys for SCRAM, by the salt and iterations of its user; empty if the user has none.
 * @param senders as whom it may send; empty for all that its user may.
 * @param networks from which it is valid, as CIDR; empty for all.
 * @param expires empty if it does not.
 */
record AppPassword(
        String label,
        PasswordHash hash,
        List<StoredScram.Keys> keys,
        List<String> senders,
        List<String> networks,
        Optional<Instant> expires) {
    AppPassword {
        if (!label.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException("malformed label (expected: 1 to 64 letters, digits and . _ -)");
        }
        keys = List.copyOf(keys);
        senders = List.copyOf(senders);
        networks = List.copyOf(networks);
        Networks.parse(String.join(",", networks));
        senders.forEach(SenderPattern::parse);
    }

    /** Reads {@code LABEL=hash;scram-sha-256=...;senders=...;networks=...;expires=...}, percent-encoded. */
    static AppPassword parse(String label, String value) {
        String[] parts = value.split(";", -1);
        PasswordHash hash = PasswordHash.parse(ExtraText.decode(parts[0]));
        List<StoredScram.Keys> keys = new ArrayList<>();
        List<String> senders = List.of();
        List<String> networks = List.of();
        Optional<Instant> expires = Optional.empty();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            String key = equals < 0 ? parts[i] : parts[i].substring(0, equals);
            String text = equals < 0 ? "" : ExtraText.decode(parts[i].substring(equals + 1));
            switch (key) {
                case "scram-sha-256" -> keys.add(StoredScram.Keys.parse(ScramHash.SHA_256, text));
                case "scram-sha-1" -> keys.add(StoredScram.Keys.parse(ScramHash.SHA_1, text));
                case "senders" -> senders = words(text);
                case "networks" -> networks = words(text);
                case "expires" -> expires = Optional.of(instant(text));
                default ->
                    throw new IllegalArgumentException("unknown part of the application password " + label
                            + " (expected: scram-sha-256, scram-sha-1, senders, networks or expires)");
            }
        }
        return new AppPassword(label, hash, keys, senders, networks, expires);
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    private static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("malformed time (expected: such as 2027-01-31T12:00:00Z)", e);
        }
    }

    /** The value of the extra field. */
    String text() {
        StringBuilder text = new StringBuilder(ExtraText.encode(hash.text()));
        for (StoredScram.Keys key : keys) {
            text.append(key.hash() == ScramHash.SHA_256 ? ";scram-sha-256=" : ";scram-sha-1=")
                    .append(ExtraText.encode(key.text()));
        }
        append(text, "senders", String.join(",", senders));
        append(text, "networks", String.join(",", networks));
        append(text, "expires", expires.map(Instant::toString).orElse(""));
        return text.toString();
    }

    private static void append(StringBuilder text, String key, String value) {
        if (!value.isEmpty()) {
            text.append(';').append(key).append('=').append(ExtraText.encode(value));
        }
    }

    boolean isValidFrom(InetAddress address) {
        return networks.isEmpty() || Networks.parse(String.join(",", networks)).contains(address);
    }

    boolean isExpired(Instant now) {
        return expires.isPresent() && !now.isBefore(expires.get());
    }
}
