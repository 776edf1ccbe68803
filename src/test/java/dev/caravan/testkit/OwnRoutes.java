package dev.caravan.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A home's own copy of the routes that come with the server, to be edited. */
public final class OwnRoutes {
    private final Path folder;

    public OwnRoutes(Path home) throws IOException {
        folder = Files.createDirectories(home.resolve("routes"));
        try (Stream<Path> files = Files.list(Path.of("routes"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** {@code policy} for {@code policy.camel.yaml}. */
    public Path file(String name) {
        return folder.resolve(name + ".camel.yaml");
    }

    /** Replaces a text, which must be there. */
    public OwnRoutes edit(String name, String from, String to) throws IOException {
        String text = Files.readString(file(name));
        if (!text.contains(from)) {
            throw new AssertionError(from + " is not in " + name);
        }
        return write(name, text.replace(from, to));
    }

    public OwnRoutes write(String name, String text) throws IOException {
        Files.writeString(file(name), text);
        return this;
    }

    public void remove(String name) throws IOException {
        Files.delete(file(name));
    }

    /** Adds a rule before the built-in one of {@code check-recipient}. */
    public OwnRoutes addRecipientRule(String when, String then) throws IOException {
        String built = "        - process:\n            ref: recipientCheck\n";
        return edit("policy", built, filter(when, then) + built);
    }

    private static String filter(String when, String then) {
        return "        - filter:\n            simple: \"" + when + "\"\n            steps:\n              - bean:\n"
                + "                  ref: rule\n                  method: \"" + then + "\"\n";
    }

    /** The line of a text in a file, from 1. */
    public int lineOf(String name, String text) throws IOException {
        List<String> lines = Files.readAllLines(file(name));
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                return i + 1;
            }
        }
        throw new AssertionError(text + " is not in " + name);
    }
}
