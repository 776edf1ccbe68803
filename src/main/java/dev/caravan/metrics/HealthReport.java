package dev.caravan.metrics;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Whether a server does what it should, and what of it does not.
 *
 * @param checks at least one; each has a name of its own.
 */
public record HealthReport(List<Check> checks) {
    private static final JsonFactory JSON = new JsonFactory();

    /**
     * One thing that must be so.
     *
     * @param name a word that tells nobody more than it should: anyone may ask.
     * @param passes whether it is so.
     */
    public record Check(String name, boolean passes) {}

    public HealthReport {
        checks = List.copyOf(checks);
    }

    /** Whether all is as it should be. */
    public boolean passes() {
        return checks.stream().allMatch(Check::passes);
    }

    /** The report as a JSON object with {@code status} and {@code checks}. */
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
