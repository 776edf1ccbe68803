package dev.caravan.auth;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A line of a file of credentials, in the form of Dovecot's passwd-file:
 * <code>user:{SCHEME}hash:uid:gid:gecos:home:shell:extra fields</code>. Parts that Caravan does not use are kept.
 *
 * @param fields the six parts between user and extra fields, which may be empty.
 * @param extras {@code key=value} or {@code key}.
 */
record CredentialLine(String name, List<String> fields, List<String> extras) {
    private static final int FIELDS = 6;
    private static final String NO_LOGIN = "nologin";

    CredentialLine {
        fields = List.copyOf(fields);
        extras = List.copyOf(extras);
    }

    static CredentialLine of(String name) {
        return new CredentialLine(name, List.of("", "", "", "", "", ""), List.of());
    }

    /** @throws IllegalArgumentException if it is none; the message has no part of the line. */
    static CredentialLine parse(String line) {
        String[] parts = line.split(":", FIELDS + 2);
        String name = parts[0];
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "malformed user name (expected: 1 to 320 characters without space, colon and quotation mark)");
        }
        List<String> fields = new ArrayList<>();
        for (int i = 1; i <= FIELDS; i++) {
            fields.add(i < parts.length ? parts[i] : "");
        }
        List<String> extras = parts.length < FIELDS + 2
                ? List.of()
                : Arrays.stream(parts[FIELDS + 1].split(" "))
                        .filter(extra -> !extra.isEmpty())
                        .toList();
        return new CredentialLine(name, fields, extras);
    }

    static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= SaslExchange.MAX_NAME
                && name.chars().noneMatch(c -> c <= ' ' || c == 0x7f || c == ':' || c == '"')
                && !name.startsWith("#");
    }

    String password() {
        return fields.get(0);
    }

    boolean isDisabled() {
        return extra(NO_LOGIN).isPresent();
    }

    /** The value of an extra field; an empty text if it has none. */
    Optional<String> extra(String key) {
        for (String extra : extras) {
            if (extra.equals(key)) {
                return Optional.of("");
            }
            if (extra.startsWith(key + "=")) {
                return Optional.of(extra.substring(key.length() + 1));
            }
        }
        return Optional.empty();
    }

    CredentialLine withPassword(String password) {
        List<String> others = new ArrayList<>(fields);
        others.set(0, password);
        return new CredentialLine(name, others, extras);
    }

    CredentialLine disabled(boolean isDisabled) {
        CredentialLine without = without(NO_LOGIN);
        if (!isDisabled) {
            return without;
        }
        List<String> others = new ArrayList<>(without.extras);
        others.add(NO_LOGIN);
        return new CredentialLine(name, fields, others);
    }

    CredentialLine with(String key, String value) {
        List<String> others = new ArrayList<>(without(key).extras);
        others.add(key + "=" + value);
        return new CredentialLine(name, fields, others);
    }

    CredentialLine without(String key) {
        return new CredentialLine(
                name,
                fields,
                extras.stream()
                        .filter(extra -> !extra.equals(key) && !extra.startsWith(key + "="))
                        .toList());
    }

    /** The line for the file. */
    String text() {
        return name + ":" + String.join(":", fields) + ":" + String.join(" ", extras);
    }

    @Override
    public String toString() {
        return "CredentialLine[" + name + "]";
    }
}
