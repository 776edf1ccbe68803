package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import java.io.IOException;
import java.util.List;

/** Looks for mistakes in the route files of a server; starts no route and touches no mail. */
@FunctionalInterface
public interface RouteCheck {
    /**
     * What a check found.
     *
     * @param problems must be corrected before the routes can be used.
     * @param notes may be intended; the routes can be used.
     */
    record Findings(List<ConfigProblem> problems, List<ConfigProblem> notes) {
        /** Nothing. */
        public static final Findings NONE = new Findings(List.of(), List.of());

        public Findings {
            problems = List.copyOf(problems);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Checks the routes of a home.
     *
     * @param settings whose values the routes may use.
     * @throws IOException if a file cannot be read.
     */
    Findings check(ServerHome home, Settings settings) throws IOException;
}
