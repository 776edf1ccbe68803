package dev.caravan.check;

import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.net.ListenerKind;
import dev.caravan.reload.RouteBeginnings;
import dev.caravan.reload.RouteFiles;
import dev.caravan.routetext.BeanNames;
import dev.caravan.routetext.RouteTextsCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.NoSuchBeanException;
import org.apache.camel.NoSuchEndpointException;
import org.apache.camel.ResolveEndpointFailedException;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.language.simple.types.SimpleIllegalSyntaxException;
import org.apache.camel.model.EndpointRequiredDefinition;
import org.apache.camel.model.OnExceptionDefinition;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.RouteTemplateDefinition;

/**
 * Looks for mistakes in routes: those that Camel finds when it reads and builds them, and those that it would find only
 * when a message comes. No route is started.
 */
final class RoutesCheck {
    /** The words that Camel's messages quote from the file; its exceptions have no line. */
    private static final Pattern NAMED = Pattern.compile("(?:(?:name|value|id): |key \\[)([^\\s\\]]+)");

    private final ServerHome home;
    private final Properties placeholders;
    private final Optional<Map<String, Object>> beans;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> notes = new ArrayList<>();
    private final Map<String, String> placeOfId = new HashMap<>();
    private final Map<String, Path> fileOfRoute = new HashMap<>();
    private final Map<String, Integer> lineOfRoute = new HashMap<>();
    private final Set<String> directs = new HashSet<>();
    private final RouteBeginnings beginnings = new RouteBeginnings();
    /** Whether routes are made of a template that begins at an endpoint with parameters. */
    private final Set<ListenerKind> served = EnumSet.noneOf(ListenerKind.class);

    private boolean isTemplated;

    private final Set<String> configurations = new HashSet<>();

    /**
     * @param placeholders what routes may name in double braces.
     * @param beans the objects that routes may name; if empty, because they cannot be made, only the files are read.
     */
    RoutesCheck(ServerHome home, Properties placeholders, Optional<Map<String, Object>> beans) {
        this.home = home;
        this.placeholders = placeholders;
        this.beans = beans;
    }

    List<ConfigProblem> problems() throws IOException {
        RouteFiles files = new RouteFiles(home.routes(), this::prepare);
        for (Path file : files.readable()) {
            inspect(file, RoutesCheck::noteIds);
        }
        boolean isUnique = problems.isEmpty();
        // A target that seems to be missing may be in a file that cannot be read.
        if (files.problems().isEmpty()) {
            for (Path file : files.readable()) {
                inspect(file, RoutesCheck::requireTargets);
            }
        }
        if (files.problems().isEmpty() && beans.isPresent()) {
            RouteTextsCheck texts = new RouteTextsCheck(files.readable(), beans.get(), placeholders);
            problems.addAll(texts.problems());
            notes.addAll(texts.notes());
            notes.addAll(BeanNames.findFormer(files.readable()));
        }
        // Camel would report the same id again.
        if (isUnique && beans.isPresent()) {
            make(files.readable());
        }
        problems.addAll(files.problems());
        return problems;
    }

    /** The kinds of listeners that routes name; complete when {@link #problems} has returned. */
    Set<ListenerKind> served() {
        return Set.copyOf(served);
    }

    /** What may be intended; complete when {@link #problems} has returned. */
    List<ConfigProblem> notes() {
        return List.copyOf(notes);
    }

    private interface Inspection {
        void inspect(RoutesCheck check, Path file, DefaultCamelContext read);
    }

    private void inspect(Path file, Inspection inspection) {
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            prepare(context);
            RouteFiles.load(List.of(file), context);
            inspection.inspect(this, file, context);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new AssertionError("read before", e);
        }
    }

    private static void noteIds(RoutesCheck check, Path file, DefaultCamelContext read) {
        for (RouteConfigurationDefinition configuration : read.getRouteConfigurationDefinitions()) {
            check.configurations.add(configuration.getId());
            check.noteId(file, configuration);
        }
        for (RouteDefinition route : read.getRouteDefinitions()) {
            check.noteId(file, route);
            check.fileOfRoute.put(route.getId(), file);
            check.lineOfRoute.put(route.getId(), route.getLineNumber());
            directName(route.getInput().getEndpointUri())
                    .filter(name -> !check.directs.add(name))
                    .ifPresent(name -> check.problems.add(new ConfigProblem(
                            ConfigProblem.at(file, route.getLineNumber()),
                            name + " begins another route too",
                            "a name of its own")));
            check.beginnings.add(file, route, read).ifPresent(check.problems::add);
            Stream.of(ListenerKind.values())
                    .filter(kind -> route.getInput().getEndpointUri().contains(kind.placeholder()))
                    .forEach(check.served::add);
        }
        for (RouteTemplateDefinition template : read.getRouteTemplateDefinitions()) {
            Optional<String> name = directName(template.getRoute().getInput().getEndpointUri());
            name.ifPresent(check.directs::add);
            check.isTemplated |= name.isEmpty();
        }
        for (ProcessorDefinition<?> step : steps(read)) {
            check.noteId(file, step);
        }
    }

    private void noteId(Path file, OptionalIdentifiedDefinition<?> definition) {
        if (!definition.hasCustomIdAssigned()) {
            return;
        }
        String place = ConfigProblem.at(file, definition.getLineNumber());
        String first = placeOfId.putIfAbsent(definition.getId(), place);
        if (first != null) {
            problems.add(
                    new ConfigProblem(place, "id " + definition.getId() + " is taken by " + first, "an id of its own"));
        }
    }

    private static void requireTargets(RoutesCheck check, Path file, DefaultCamelContext read) {
        for (RouteDefinition route : read.getRouteDefinitions()) {
            String named = route.getRouteConfigurationId();
            if (named != null && !check.configurations.contains(named)) {
                check.problems.add(new ConfigProblem(
                        ConfigProblem.at(file, route.getLineNumber()),
                        "route " + route.getId() + " names the unknown routeConfiguration " + named,
                        "one of " + check.configurations));
            }
        }
        for (ProcessorDefinition<?> step : steps(read)) {
            if (step instanceof EndpointRequiredDefinition target) {
                directName(String.valueOf(target.getEndpointUri()))
                        .filter(name -> !check.isTemplated && !check.directs.contains(name))
                        .ifPresent(name -> check.problems.add(new ConfigProblem(
                                ConfigProblem.at(file, step.getLineNumber()),
                                name + " is the beginning of no route",
                                "from: " + name + " somewhere in " + file.getParent())));
            }
        }
    }

    private static List<ProcessorDefinition<?>> steps(DefaultCamelContext read) {
        List<ProcessorDefinition<?>> steps = new ArrayList<>();
        for (RouteDefinition route : read.getRouteDefinitions()) {
            collect(route.getOutputs(), steps);
        }
        for (RouteConfigurationDefinition configuration : read.getRouteConfigurationDefinitions()) {
            for (OnExceptionDefinition clause : configuration.getOnExceptions()) {
                collect(clause.getOutputs(), steps);
            }
        }
        return steps;
    }

    private static void collect(List<ProcessorDefinition<?>> outputs, List<ProcessorDefinition<?>> steps) {
        for (Object step : ProcessorDefinitionHelper.filterTypeInOutputs(outputs, ProcessorDefinition.class)) {
            steps.add((ProcessorDefinition<?>) step);
        }
    }

    private static Optional<String> directName(String uri) {
        if (!uri.startsWith("direct:") || uri.contains("{{") || uri.contains("${")) {
            return Optional.empty();
        }
        int end = uri.indexOf('?');
        return Optional.of((end < 0 ? uri : uri.substring(0, end)).replace("direct://", "direct:"));
    }

    /** Builds all routes. Camel stops at the first mistake; that route is then left out, and the others are built again. */
    private void make(List<Path> files) {
        Set<String> wrong = new HashSet<>();
        boolean again = true;
        while (again) {
            again = false;
            try (DefaultCamelContext context = new DefaultCamelContext(false)) {
                context.setRouteFilter(route -> !wrong.contains(route.getId()));
                makeAll(files, context);
            } catch (FailedToCreateRouteException e) {
                ConfigProblem found = problem(e);
                // The problem that was found first is more precise.
                if (problems.stream().noneMatch(known -> known.where().equals(found.where()))) {
                    problems.add(found);
                }
                again = wrong.add(e.getRouteId());
            } catch (Exception e) {
                problems.add(new ConfigProblem(home.routes().toString(), reason(e)));
            }
        }
    }

    private void makeAll(List<Path> files, DefaultCamelContext context) throws Exception {
        prepare(context);
        context.setAutoStartup(false);
        RouteFiles.load(files, context);
        context.start();
    }

    /**
     * A file makes the operator's own beans as soon as it is read. Their properties may have placeholders, numbers and beans
     * of the server, and Camel converts types only in a context that is built.
     */
    private void prepare(DefaultCamelContext context) {
        context.getPropertiesComponent().setOverrideProperties(placeholders);
        beans.ifPresent(known -> known.forEach(context.getRegistry()::bind));
        context.build();
    }

    private ConfigProblem problem(FailedToCreateRouteException thrown) {
        Optional<Path> file = Optional.ofNullable(fileOfRoute.get(String.valueOf(thrown.getRouteId())));
        if (file.isEmpty()) {
            return new ConfigProblem(home.routes().toString(), reason(thrown));
        }
        int from = lineOfRoute.getOrDefault(thrown.getRouteId(), 0);
        int line = word(thrown).map(word -> lineWith(file.get(), word, from)).orElse(from);
        return new ConfigProblem(
                ConfigProblem.at(file.get(), line), "route " + thrown.getRouteId() + ": " + reason(thrown));
    }

    private static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** A word of the line with the mistake. */
    private static Optional<String> word(Throwable thrown) {
        Optional<String> word = Optional.empty();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoSuchBeanException missing) {
                word = Optional.ofNullable(missing.getName());
            } else if (cause instanceof NoSuchEndpointException missing) {
                word = Optional.of(asWritten(missing.getUri()));
            } else if (cause instanceof ResolveEndpointFailedException failed) {
                word = Optional.of(asWritten(failed.getUri()));
            } else if (cause instanceof SimpleIllegalSyntaxException wrong) {
                word = Optional.ofNullable(wrong.getExpression());
            }
        }
        String reason = reason(thrown);
        Matcher named = NAMED.matcher(reason);
        // The endpoint failed because of a placeholder in it.
        boolean isBetter = word.isEmpty() || reason.startsWith("Property ");
        return isBetter && named.find() ? Optional.of(named.group(1)) : word;
    }

    /** The URI as a file most likely has it: Camel adds two slashes, and parameters may be elsewhere. */
    private static String asWritten(String uri) {
        return uri.replaceFirst("\\?.*", "").replace("://", ":");
    }

    private static int lineWith(Path file, String word, int from) {
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = Math.max(0, from - 1); i < lines.size(); i++) {
                if (lines.get(i).contains(word)) {
                    return i + 1;
                }
            }
            return from;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
