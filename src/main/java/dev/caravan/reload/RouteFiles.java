package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import dev.caravan.routetext.RouteFileSyntax;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** The files of a folder of routes, each read by itself, and why some cannot be read. */
public final class RouteFiles {
    private static final String PATTERN = "*.camel.yaml";

    /** Locks, backups and attributes that editors and archivers leave beside a file. */
    private static final Pattern LEFTOVER = Pattern.compile("[.#~].*|.*~(\\.camel)?\\.yaml");

    private static final String EXPECTED = "Camel's YAML for routes";

    /** The subfolder with the routes of sources other than SMTP. */
    private static final String SOURCES = "sources";

    private final List<Path> readable = new ArrayList<>();
    private final List<ConfigProblem> problems = new ArrayList<>();

    /** Adds to a context, which is not started, the objects that files may name. */
    public interface Preparation {
        void prepare(DefaultCamelContext context);
    }

    /** Reads each file by itself, in a context that is thrown away. */
    public RouteFiles(Path folder, Preparation preparation) throws IOException {
        List<Path> files = list(folder);
        if (files.isEmpty()) {
            problems.add(new ConfigProblem(folder.toString(), "no routes", "files " + PATTERN));
        }
        for (Path file : files) {
            List<ConfigProblem> found = new ArrayList<>(RouteFileSyntax.problems(file));
            if (found.isEmpty()) {
                read(file, preparation).ifPresent(found::add);
            }
            if (found.isEmpty()) {
                readable.add(file);
            }
            problems.addAll(found);
        }
    }

    /**
     * The files of routes in a folder and in that of its sources, in the order of their names; none if it does not exist.
     * Files that editors leave there, such as {@code .#policy.camel.yaml}, are not among them.
     */
    public static List<Path> list(Path folder) throws IOException {
        List<Path> files = new ArrayList<>(of(folder));
        files.addAll(of(folder.resolve(SOURCES)));
        return files;
    }

    /** Whether an editor or archiver left the file there. */
    public static boolean isLeftover(Path file) {
        return LEFTOVER.matcher(file.getFileName().toString()).matches();
    }

    private static List<Path> of(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return files;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, PATTERN)) {
            for (Path file : entries) {
                if (!isLeftover(file)) {
                    files.add(file);
                }
            }
        }
        files.sort(null);
        return files;
    }

    private static Optional<ConfigProblem> read(Path file, Preparation preparation) {
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            preparation.prepare(context);
            load(List.of(file), context);
            return Optional.empty();
        } catch (Exception e) {
            return Optional.of(problem(file, e));
        }
    }

    private static ConfigProblem problem(Path file, Exception thrown) {
        Optional<ConfigProblem> marked = Optional.empty();
        // The innermost exception has the place and the reason.
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof MarkedYamlEngineException inner && inner.getProblem() != null) {
                marked = Optional.of(problem(file, inner));
            }
        }
        if (marked.isPresent()) {
            return marked.get();
        }
        Throwable cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        // Some messages are a mere name, such as that of a missing class.
        return new ConfigProblem(file.toString(), cause.toString(), EXPECTED);
    }

    private static ConfigProblem problem(Path file, MarkedYamlEngineException marked) {
        int line = marked.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
        String context = marked.getContext() == null ? "" : marked.getContext() + ", ";
        return new ConfigProblem(ConfigProblem.at(file, line), context + marked.getProblem(), EXPECTED);
    }

    /** Adds the contents of files to a context that is not started. */
    public static void load(List<Path> files, DefaultCamelContext context) throws Exception {
        context.setSourceLocationEnabled(true);
        List<Resource> resources = files.stream()
                .map(file -> PluginHelper.getResourceLoader(context).resolveResource("file:" + file))
                .toList();
        PluginHelper.getRoutesLoader(context).loadRoutes(resources);
    }

    /** The files that could be read, in the order of their names. */
    public List<Path> readable() {
        return List.copyOf(readable);
    }

    /** Why the other files could not be read. */
    public List<ConfigProblem> problems() {
        return List.copyOf(problems);
    }
}
