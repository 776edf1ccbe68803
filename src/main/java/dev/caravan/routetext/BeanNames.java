package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of Caravan's beans in routes: that of the class, without {@code Step} at its end. A name of an earlier
 * version stays as an alias.
 */
public final class BeanNames {
    /** The present names by the former ones. */
    static final Map<String, String> FORMER = Map.of(
            "copy", "addRecipient",
            "eventKey", "kafkaEventKey",
            "headerField", "headerFields",
            "kafkaRecord", "kafkaRecordSource",
            "question", "httpPolicy",
            "signEvent", "webhookSigner");

    /** What replaces those beans of earlier versions that are classes of their own, by their names. */
    private static final Map<String, String> REPLACED = Map.of(
            "confirmExpansion", "the step reportExpansion, without a method",
            "nextHops", "the steps expandAliases, chooseTransport and splitByNextHop",
            "store", "the step storeItems");

    private static final Pattern REFERENCE = Pattern.compile("\\bref: *[\"']?#?(\\w+)|\\bbean:(\\w+)");

    private BeanNames() {}

    /** The present name of a bean, whichever name a route has for it. */
    static String present(String name) {
        return FORMER.getOrDefault(name, name);
    }

    /** The same beans, those that have a former name under that too. */
    public static Map<String, Object> withFormer(Map<String, Object> beans) {
        Map<String, Object> all = new HashMap<>(beans);
        FORMER.forEach((former, present) -> {
            if (beans.containsKey(present)) {
                all.putIfAbsent(former, beans.get(present));
            }
        });
        return Map.copyOf(all);
    }

    /**
     * Finds beans that routes call by a former name, and beans of earlier versions that other steps replace.
     *
     * @return one for each name, at the first line that has it.
     * @throws IOException if a file cannot be read.
     */
    public static List<ConfigProblem> findFormer(List<Path> files) throws IOException {
        List<ConfigProblem> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Path file : files) {
            List<String> lines =
                    Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                Matcher matcher = REFERENCE.matcher(lines.get(i).replaceFirst("^\\s*#.*", ""));
                while (matcher.find()) {
                    String name = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
                    Optional<String> instead = instead(name);
                    if (instead.isPresent() && seen.add(name)) {
                        found.add(
                                new ConfigProblem(ConfigProblem.at(file, i + 1), "bean " + name + " " + instead.get()));
                    }
                }
            }
        }
        return found;
    }

    private static Optional<String> instead(String name) {
        return Optional.ofNullable(FORMER.get(name))
                .map(present -> "is now called " + present)
                .or(() -> Optional.ofNullable(REPLACED.get(name)).map(steps -> "is replaced by " + steps));
    }
}
