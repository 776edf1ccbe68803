package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteFileKindsTest {
    @TempDir
    Path folder;

    private RouteFileKinds kinds(String yaml) throws IOException {
        return new RouteFileKinds(Files.writeString(folder.resolve("x.yaml"), yaml));
    }

    private List<String> fixed(String yaml) throws IOException {
        return kinds(yaml).fixed().stream()
                .map(problem -> problem.where().replace(folder + "/", "") + ": " + problem.what())
                .toList();
    }

    @Test
    void routesAndTheirConfigurationsCanBeReadAgain() throws IOException {
        assertEquals(List.of(), fixed("# nothing yet\n"));
        assertEquals(List.of(), fixed("- route: {id: x}\n- from: {uri: direct:y}\n- routeConfiguration: {id: z}\n"));
    }

    @Test
    void allElseTakesEffectAtTheNextStart() throws IOException {
        assertEquals(
                List.of(
                        "x.yaml:2: beans takes effect at the next start only",
                        "x.yaml:4: rest takes effect at the next start only"),
                fixed("- route: {id: x}\n- beans:\n  - {name: b, type: java.lang.Object}\n- rest: {}\n"));
        assertEquals(
                List.of("x.yaml:1: what is no list of routes takes effect at the next start only"),
                fixed("apiVersion: camel.apache.org/v1\n"));
    }

    @Test
    void aConfigurationConcernsOtherFiles() throws IOException {
        assertEquals(true, kinds("- routeConfiguration: {id: z}\n").hasConfigurations());
        assertEquals(false, kinds("- route: {id: x}\n").hasConfigurations());
        assertEquals(false, kinds("").hasConfigurations());
    }
}
