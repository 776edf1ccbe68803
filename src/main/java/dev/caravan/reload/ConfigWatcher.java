package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.FailedToStartRouteException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies what an operator changes in route files and in {@code caravan.properties} while the server runs. Each second it
 * compares the sizes and times of the files, which works on every file system. It reads a changed file when it was the same
 * at two looks in a row, so not while it is being written. A change is checked as {@code caravan check} does; if anything is
 * wrong, nothing of it is applied, and the log says once where the mistake is and what was expected. Thread-safe.
 */
public final class ConfigWatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigWatcher.class);
    private static final String FILE = "caravan.properties";
    private static final long STOP_SECONDS = 25;

    private final ServerHome home;
    private final Path routeFolder;
    private final ReloadableRoutes routes;
    private final RunningServer server;
    private final RouteCheck check;
    private final ScheduledExecutorService timer = Threads.timer("reload");
    private FileStamps inForce;
    private FileStamps seen;
    private FileStamps refused;
    private Settings read;
    private Settings settings;
    private volatile boolean isElsewhere;
    private volatile boolean hasRefused;

    /**
     * @param server must run before the first look.
     * @param check checks routes before they are applied.
     * @param loaded the stamps of the files in use, taken before they were read.
     */
    public ConfigWatcher(
            ServerHome home,
            Settings settings,
            ReloadableRoutes routes,
            RunningServer server,
            RouteCheck check,
            FileStamps loaded) {
        this.server = server;
        this.check = check;
        this.home = home;
        this.routeFolder = home.routes();
        this.routes = routes;
        this.read = settings;
        this.settings = settings;
        this.inForce = loaded;
        this.seen = loaded;
        this.refused = loaded;
    }

    /** The present stamps of all files that are watched. */
    public static FileStamps stamps(ServerHome home, Path routeFolder) throws IOException {
        List<Path> files = new ArrayList<>(RouteFiles.list(routeFolder));
        files.add(home.resolve(FILE));
        return FileStamps.of(files);
    }

    /** Whether changed files are not in use, because something in them is wrong or they need a restart. */
    public boolean isRefused() {
        return isElsewhere || hasRefused;
    }

    /** Looks each second from now on. */
    public void begin() {
        timer.scheduleWithFixedDelay(this::lookAgain, 1, 1, TimeUnit.SECONDS);
    }

    /** The timer would not call a task again that has thrown. */
    private void lookAgain() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("cannot look for changed routes and settings", e);
        }
    }

    /** Looks once; returns the mistakes that were found now, in the words of the log. */
    public synchronized List<String> look() {
        routes.removeIdle(server.context());
        try {
            if (!home.routes().equals(routeFolder)) {
                return elsewhere();
            }
            FileStamps now = stamps(home, routeFolder);
            boolean isStill = now.equals(seen);
            seen = now;
            if (now.equals(inForce)) {
                refused = inForce;
                hasRefused = false;
                return List.of();
            }
            return isStill && !now.equals(refused) ? take(now) : List.of();
        } catch (IOException e) {
            return refuse(seen, List.of(new ConfigProblem(routeFolder.toString(), "cannot be read: " + e)));
        }
    }

    private List<String> elsewhere() {
        if (isElsewhere) {
            return List.of();
        }
        isElsewhere = true;
        return refuse(
                seen,
                List.of(new ConfigProblem(
                        home.routes().toString(),
                        "takes effect at the next start; until then the routes are those of " + routeFolder)));
    }

    private List<String> take(FileStamps now) throws IOException {
        try {
            Settings latest = read.readAgain();
            Settings effective = effective(latest);
            Set<Path> changed = new TreeSet<>(now.differences(inForce));
            changed.removeIf(ConfigWatcher::isOfSettings);
            List<String> ownKeys = changedOwnKeys(effective);
            Set<Path> kept = new TreeSet<>();
            if (!ownKeys.isEmpty()) {
                // Any file may use a key of the operator's own.
                for (Path file : unchanged(now)) {
                    (new RouteFileKinds(file).fixed().isEmpty() ? changed : kept).add(file);
                }
            }
            List<ConfigProblem> problems = new ArrayList<>();
            List<ConfigProblem> notes = new ArrayList<>(former(kept, ownKeys));
            if (!changed.isEmpty()) {
                RouteCheck.Findings found = check.check(home, effective);
                problems.addAll(found.problems());
                notes.addAll(found.notes());
                if (problems.isEmpty()) {
                    problems.addAll(fixed(changed));
                }
            }
            if (!problems.isEmpty()) {
                return refuse(now, problems);
            }
            if (!stamps(home, routeFolder).equals(now)) {
                // A file was changed after the check: the next look sees it.
                return List.of();
            }
            takeOver(changed, kept, latest, effective);
            notes.forEach(note -> LOG.warn("{}", note));
            inForce = now;
            refused = now;
            hasRefused = false;
            return List.of();
        } catch (InvalidSettingsException e) {
            return refuse(now, e.problems());
        } catch (Exception e) {
            LOG.debug("changes are not applied", e);
            return refuse(now, List.of(new ConfigProblem(routeFolder.toString(), reason(e))));
        }
    }

    /** The latest settings; those that take effect at the next start keep their present values. */
    private Settings effective(Settings latest) {
        Settings effective = latest;
        for (String key : settings.differences(latest)) {
            Optional<Setting<?>> fixed = latest.catalog().find(key).filter(setting -> !setting.isLive());
            if (fixed.isPresent()) {
                effective = effective.with(fixed.get(), settings.text(fixed.get()));
            }
        }
        return effective;
    }

    /** The distribution's file is in use until the home gets one of its own. */
    private static boolean isOfSettings(Path file) {
        return file.endsWith(FILE);
    }

    private List<String> changedOwnKeys(Settings effective) {
        return settings.differences(effective).stream()
                .filter(key -> settings.catalog().find(key).isEmpty())
                .sorted()
                .toList();
    }

    /** The files of routes that are as they were when they were read. */
    private Set<Path> unchanged(FileStamps now) {
        Set<Path> unchanged = new TreeSet<>(now.stamps().keySet());
        unchanged.removeAll(now.differences(inForce));
        unchanged.removeIf(ConfigWatcher::isOfSettings);
        return unchanged;
    }

    /** Which files that are not read again name a key that was changed. */
    private static List<ConfigProblem> former(Set<Path> kept, List<String> ownKeys) throws IOException {
        List<ConfigProblem> former = new ArrayList<>();
        for (Path file : kept) {
            String text = Files.readString(file);
            List<String> named = ownKeys.stream().filter(text::contains).toList();
            if (!named.isEmpty()) {
                former.add(new ConfigProblem(
                        file.toString(),
                        "keeps the former value of " + String.join(", ", named) + " until the next start"));
            }
        }
        return former;
    }

    private static List<ConfigProblem> fixed(Set<Path> changed) throws IOException {
        List<ConfigProblem> problems = new ArrayList<>();
        for (Path file : changed) {
            if (Files.exists(file)) {
                problems.addAll(new RouteFileKinds(file).fixed());
            }
        }
        return problems;
    }

    private void takeOver(Set<Path> changed, Set<Path> kept, Settings latest, Settings effective) throws Exception {
        if (!changed.isEmpty()) {
            setPlaceholders(effective);
            try {
                routes.replace(server.context(), changed, kept).forEach(LOG::warn);
            } catch (Exception e) {
                setPlaceholders(settings);
                throw e;
            }
            changed.forEach(file -> LOG.info("reloaded {}", file));
        }
        server.reconfigure(effective);
        for (String key : read.differences(latest)) {
            if (latest.catalog().find(key).filter(setting -> !setting.isLive()).isPresent()) {
                LOG.warn("{} was changed; the change takes effect at the next start", key);
            } else {
                LOG.info("reloaded {}", key);
            }
        }
        read = latest;
        settings = effective;
    }

    private void setPlaceholders(Settings settings) {
        server.context().getPropertiesComponent().setOverrideProperties(server.placeholders(settings));
    }

    private List<String> refuse(FileStamps now, List<ConfigProblem> problems) {
        hasRefused = true;
        refused = now;
        problems.forEach(problem -> LOG.warn("{}; the present routes and settings stay in use", problem));
        return problems.stream().map(ConfigProblem::toString).toList();
    }

    private static String reason(Throwable thrown) {
        String route = "";
        Throwable cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            if (cause instanceof FailedToStartRouteException failed) {
                route = "route " + failed.getRouteId() + ": ";
            }
            cause = cause.getCause();
        }
        return route + (cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }

    /** Waits for a look that is under way; none follows. */
    @Override
    public void close() {
        timer.shutdown();
        try {
            if (!timer.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("routes are still being replaced after {} s; the server stops", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
