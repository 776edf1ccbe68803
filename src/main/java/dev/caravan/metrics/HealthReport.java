package dev.caravan.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whether a server works, and which part of it does not.
 *
 * @param checks at least one, with different names.
 * @param warnings by the name of the part: what an operator should look at although the server works; often empty.
 */
public record HealthReport(List<Check> checks, Map<String, String> warnings) {
    private static final JsonFactory JSON = new JsonFactory();

    /**
     * One condition for health.
     *
     * @param name a word that reveals nothing confidential: anyone may read the report.
     * @param passes whether the condition holds.
     */
    public record Check(String name, boolean passes) {}

    public HealthReport {
        checks = List.copyOf(checks);
        warnings = Map.copyOf(warnings);
    }

    /** A report without warnings. */
    public HealthReport(List<Check> checks) {
        this(checks, Map.of());
    }

    /** Whether all checks pass. */
    public boolean passes() {
        return checks.stream().allMatch(Check::passes);
    }

    /** The report as a JSON object with {@code status}, {@code checks}, and {@code warnings} if there are any. */
    public String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("status", word(passes()));
            json.writeObjectFieldStart("checks");
            for (Check check : checks) {
                json.writeStringField(check.name(), word(check.passes()));
            }
            json.writeEndObject();
            if (!warnings.isEmpty()) {
                json.writeObjectFieldStart("warnings");
                for (Map.Entry<String, String> warning : new TreeMap<>(warnings).entrySet()) {
                    json.writeStringField(warning.getKey(), warning.getValue());
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text + "\n";
    }

    private static String word(boolean passes) {
        return passes ? "up" : "down";
    }
}
