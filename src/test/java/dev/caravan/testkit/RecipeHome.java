package dev.caravan.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A home with routes of its own: those that come with the server, and recipes. */
public final class RecipeHome {
    private static final Path ROUTES = Path.of("routes");

    private RecipeHome() {}

    /** Copies the routes and some recipes, by their names without the ending. */
    public static void with(Path home, String... recipes) throws IOException {
        Path own = Files.createDirectories(home.resolve("routes"));
        try (Stream<Path> files = Files.list(ROUTES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
        for (String recipe : List.of(recipes)) {
            String name = recipe + ".camel.yaml";
            Files.copy(ROUTES.resolve("recipes").resolve(name), own.resolve(name));
        }
    }

    /** Lets recipients, a domain or a mailbox, leave by a transport. */
    public static void send(Path home, String what, String transport) throws IOException {
        Path file = home.resolve("routes/destinations.camel.yaml");
        String step = "        - bean: { ref: destination, method: \"send('" + what + "', '" + transport + "')\" }\n";
        Files.writeString(file, Files.readString(file) + step);
    }
}
