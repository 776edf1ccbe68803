package dev.caravan.journey;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Routes as they were before {@code deliver:}, with a step for each part of an attempt and all parameters of
 * {@code netty:}: files that users have copied go on working as they are.
 */
class RoutesByStepsTest extends DestinationJourneyTest {
    private static final Path OLD = Path.of("src/test/resources/routes-by-steps");
    private static final List<String> RECIPES = List.of("deliver-to-http", "deliver-to-jms", "deliver-to-file");

    @Override
    void change(Path routes) throws Exception {
        try (Stream<Path> files = Files.list(OLD)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString().replace(".camel.yaml", "");
                if (RECIPES.contains(name) || Files.exists(routes.resolve(file.getFileName()))) {
                    Files.copy(file, routes.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
