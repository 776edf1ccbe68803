package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.net.TlsPolicy;
import dev.caravan.net.TlsPolicy.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The words of a table's line that say what connections require of TLS. */
final class TlsWords {
    static final String LEVEL = "tls";
    static final String NAMES = "tls-names";
    static final String AUTHORITIES = "tls-authorities";
    static final String CERTIFICATE = "tls-certificate";
    static final String IMPLICIT = "implicit-tls";
    /** All of them. */
    static final Set<String> ALL = Set.of(LEVEL, NAMES, AUTHORITIES, CERTIFICATE, IMPLICIT);

    private TlsWords() {}

    /**
     * The policy.
     *
     * @param words of the line by their names; those of others are left alone.
     * @param usual the level if the line has other words of TLS, but none for the level.
     * @param files finds the file of a name.
     * @return empty if the line says nothing of TLS.
     * @throws IllegalArgumentException if a word is malformed, or they contradict each other.
     */
    static Optional<TlsPolicy> policy(Map<String, String> words, Level usual, Function<String, Path> files) {
        if (ALL.stream().noneMatch(words::containsKey)) {
            return Optional.empty();
        }
        Level level = Optional.ofNullable(words.get(LEVEL)).map(TlsWords::level).orElse(usual);
        return Optional.of(new TlsPolicy(
                level,
                flag(IMPLICIT, words.getOrDefault(IMPLICIT, "no")),
                names(words.getOrDefault(NAMES, "")),
                Optional.ofNullable(words.get(AUTHORITIES)).map(files),
                Optional.ofNullable(words.get(CERTIFICATE)).map(files)));
    }

    /** The level of a word. */
    static Level level(String word) {
        return Arrays.stream(Level.values())
                .filter(level -> level.word().equals(word))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(LEVEL + "=" + word + " (expected: none, may, encrypt or verify)"));
    }

    static boolean flag(String name, String value) {
        return switch (value) {
            case "yes" -> true;
            case "no" -> false;
            default -> throw new IllegalArgumentException(name + "=" + value + " (expected: yes or no)");
        };
    }

    private static List<String> names(String text) {
        List<String> names = new ArrayList<>();
        for (String name : text.split(",")) {
            if (!name.isBlank()) {
                String key = new Domain(name.startsWith(".") ? name.substring(1) : name).key();
                names.add(name.startsWith(".") ? "." + key : key);
            }
        }
        return names;
    }
}
