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
 * Takes over what an operator changes in route files and in {@code caravan.properties} while the server runs. Each second
 * one look is taken at the files' sizes and times, which works on every file system. Files that are being written are left alone until
 * they were the same at two looks. What changed is checked as {@code caravan check} does; if anything is wrong, nothing is taken
 * over, and the log says once where it is and what was expected.
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
     * @param check of routes, before they are taken over.
     * @param loaded the stamps of what is in force, taken before it was read.
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

    /** The stamps of all that is looked at. */
    public static FileStamps stamps(ServerHome home, Path routeFolder) throws IOException {
        List<Path> files = new ArrayList<>(RouteFiles.list(routeFolder));
        files.add(home.resolve(FILE));
        return FileStamps.of(files);
    }

    /** Whether files have changed and are not in force, because something in them is wrong or they need a restart. */
    public boolean isRefused() {
        return isElsewhere || hasRefused;
    }

    /** Looks each second from now on. */
    public void begin() {
        timer.scheduleWithFixedDelay(this::lookAgain, 1, 1, TimeUnit.SECONDS);
    }

    /** A look that fails must not be the last one. */
    private void lookAgain() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("routes and settings could not be looked at", e);
        }
    }

    /** One look; returns what was found wrong in it, in the words of the log. */
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
                        home.routes().toString(), "counts after a restart; until then: " + routeFolder)));
    }

    private List<String> take(FileStamps now) throws IOException {
        try {
            Settings latest = read.readAgain();
            Settings effective = effective(latest);
            Set<Path> changed = changedRoutes(now, effective);
            List<ConfigProblem> problems = new ArrayList<>();
            List<ConfigProblem> notes = new ArrayList<>();
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
                // Changed after it was checked: the next look sees it.
                return List.of();
            }
            takeOver(changed, latest, effective);
            notes.forEach(note -> LOG.warn("{}", note));
            inForce = now;
            refused = now;
            hasRefused = false;
            return List.of();
        } catch (InvalidSettingsException e) {
            return refuse(now, e.problems());
        } catch (Exception e) {
            LOG.debug("not taken over", e);
            return refuse(now, List.of(new ConfigProblem(routeFolder.toString(), reason(e))));
        }
    }

    /** The latest, but for those that count after a restart. */
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

    /** Routes may use a key of the operator's anywhere: when one changes, all are made anew. */
    private Set<Path> changedRoutes(FileStamps now, Settings effective) {
        Set<Path> changed = new TreeSet<>(now.differences(inForce));
        changed.remove(home.resolve(FILE));
        if (settings.differences(effective).stream()
                .anyMatch(key -> settings.catalog().find(key).isEmpty())) {
            changed.addAll(now.stamps().keySet());
            changed.remove(home.resolve(FILE));
        }
        return changed;
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

    private void takeOver(Set<Path> changed, Settings latest, Settings effective) throws Exception {
        if (!changed.isEmpty()) {
            setPlaceholders(effective);
            try {
                routes.replace(server.context(), changed).forEach(LOG::warn);
            } catch (Exception e) {
                setPlaceholders(settings);
                throw e;
            }
            server.routesReplaced();
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
        problems.forEach(problem -> LOG.warn("{}; all goes on as before", problem));
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

    /** No look is taken any more, and none is under way. */
    @Override
    public void close() {
        timer.shutdown();
        try {
            if (!timer.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("routes are being replaced while we stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
