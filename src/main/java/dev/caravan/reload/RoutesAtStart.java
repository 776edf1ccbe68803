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
 * Looks at files of routes when a server starts. A mistake that puts messages off is told, and is no reason not to start;
 * a file whose rules would not be there at all is one.
 */
public final class RoutesAtStart {
    private static final Logger LOG = LoggerFactory.getLogger(RoutesAtStart.class);

    private RoutesAtStart() {}

    /**
     * Warns of what Camel finds only when a message comes, and of placeholders that have a new name.
     *
     * @param placeholders with their values.
     * @param formerNames the present names of placeholders by those of earlier versions.
     * @throws IllegalArgumentException if Camel would read a file as nothing.
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
                LOG.debug("Camel says what is wrong", e);
            }
        }
    }
}
