package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import dev.caravan.routetext.BeanNames;
import dev.caravan.routetext.FormerNames;
import dev.caravan.routetext.RouteFileSyntax;
import dev.caravan.routetext.RouteTextsCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Checks the files of routes when a server starts. A mistake that only defers messages is logged, and the server starts;
 * it does not start with a file whose rules Camel would ignore.
 */
public final class RoutesAtStart {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesAtStart.class);

    private RoutesAtStart() {}

    /**
     * Warns of mistakes that Camel finds only when a message comes, and of former names of placeholders and beans.
     *
     * @param placeholders with their values.
     * @param formerNames the present names of placeholders by their former names.
     * @throws IllegalArgumentException if Camel would ignore a file.
     * @throws IOException if a file cannot be read.
     */
    public static void check(
            List<Path> files, Map<String, Object> beans, Properties placeholders, Map<String, String> formerNames)
            throws IOException {
        List<Path> readable = new ArrayList<>();
        for (Path file : files) {
            RouteFileSyntax.requireList(file);
            List<ConfigProblem> problems = RouteFileSyntax.problems(file);
            problems.forEach(problem -> LOG.warn("{}", problem));
            if (problems.isEmpty()) {
                readable.add(file);
            }
        }
        FormerNames.find(files, formerNames).forEach(warning -> LOG.warn("{}", warning));
        BeanNames.findFormer(files).forEach(warning -> LOG.warn("{}", warning));
        if (readable.size() == files.size()) {
            try {
                new RouteTextsCheck(readable, beans, placeholders)
                        .problems()
                        .forEach(problem -> LOG.warn("{}", problem));
            } catch (YamlEngineException e) {
                LOG.debug("Camel reports what is wrong with the file", e);
            }
        }
    }
}
