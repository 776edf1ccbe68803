package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.dsl.yaml.YamlRoutesBuilderLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The files of routes are in the form that Camel's schemas describe, which graphical editors write and understand. */
class RouteSchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"camelYamlDsl.json", "camelYamlDsl-canonical.json"})
    void everyFileIsValid(String name) throws Exception {
        JsonSchema schema = schema(name);
        List<String> wrong = new ArrayList<>();
        List<Path> files = files();
        for (Path file : files) {
            schema.validate(json(Files.readString(file)))
                    .forEach(message -> wrong.add(file + ": " + message.getMessage()));
        }
        assertEquals(List.of(), wrong);
        assertTrue(files.size() > 30, "there are files: " + files.size());
    }

    @Test
    void theSchemaRefusesWhatItDoesNotKnow() throws Exception {
        JsonNode wrong = json("- route: {id: x, autoStartup: \"{{mine}}\", from: {uri: timer:x, steps: []}}");
        assertEquals(1, schema("camelYamlDsl.json").validate(wrong).size());
    }

    /** An editor keeps the comment at the head of a file, and loses those within routes. */
    @Test
    void noCommentStandsWithinARoute() throws Exception {
        List<String> within = new ArrayList<>();
        for (Path file : files()) {
            Files.readAllLines(file).stream()
                    .filter(line -> line.matches("\\s+#.*"))
                    .forEach(line -> within.add(file + ": " + line));
        }
        assertEquals(List.of(), within);
    }

    private static final Map<String, JsonSchema> SCHEMAS = new HashMap<>();

    /** Reading one takes seconds. */
    private static JsonSchema schema(String name) throws Exception {
        JsonSchema known = SCHEMAS.get(name);
        if (known == null) {
            known = read(name);
            SCHEMAS.put(name, known);
        }
        return known;
    }

    private static JsonSchema read(String name) throws Exception {
        try (InputStream in = YamlRoutesBuilderLoader.class.getResourceAsStream("/schema/" + name)) {
            return JsonSchemaFactory.getInstance(VersionFlag.V4).getSchema(in);
        }
    }

    private static JsonNode json(String yaml) {
        Object read = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        return JSON.valueToTree(read);
    }

    private static List<Path> files() throws Exception {
        try (Stream<Path> files = Files.walk(Path.of("routes"))) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml"))
                    .sorted()
                    .toList();
        }
    }
}
