package dev.caravan.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.config.ConfigProblem;
import java.nio.file.Path;
import java.util.List;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.model.RouteDefinition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteBeginningsTest {
    private static final Path FIRST = Path.of("first.camel.yaml");
    private static final Path SECOND = Path.of("second.camel.yaml");

    private static RouteDefinition route(String uri) {
        RouteDefinition route = new RouteDefinition(uri);
        route.setId("x");
        return route;
    }

    private static List<ConfigProblem> add(RouteBeginnings beginnings, Path file, RouteDefinition route)
            throws Exception {
        try (DefaultCamelContext context = new DefaultCamelContext(false)) {
            context.build();
            return beginnings.add(file, route, context).stream().toList();
        }
    }

    private static boolean isRefused(RouteDefinition first, RouteDefinition second) throws Exception {
        RouteBeginnings beginnings = new RouteBeginnings();
        assertEquals(List.of(), add(beginnings, FIRST, first));
        return !add(beginnings, SECOND, second).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "deliver:a, deliver:a",
        "deliver:a?concurrency=2, deliver://a?body=item",
        "web:notes/{x}, web:/notes/{name}?method=GET",
        "web:notes?method=PUT&role=submit, platform-http:/notes?httpMethodRestrict=POST%2CPUT",
        "platform-http:/notes, platform-http://notes?httpMethodRestrict=DELETE",
        "platform-http:/a?matchOnUriPrefix=true, platform-http:/a/?matchOnUriPrefix=true"
    })
    void oneRouteOnlyMayBeginThere(String first, String second) throws Exception {
        assertEquals(true, isRefused(route(first), route(second)));
    }

    @ParameterizedTest
    @CsvSource({
        "deliver:a, deliver:b",
        "deliver:a, mailqueue:a",
        "timer:a, timer:a",
        "web:notes, web:notes?method=PUT",
        "web:notes/{x}, web:notes/x",
        "platform-http:/a?httpMethodRestrict=GET, platform-http:/a?httpMethodRestrict=POST",
        "platform-http:/a, platform-http:/a?matchOnUriPrefix=true",
        "deliver:{{unknown}}, deliver:{{unknown}}"
    })
    void severalMay(String first, String second) throws Exception {
        assertEquals(false, isRefused(route(first), route(second)));
    }

    @Test
    void aRouteThatDoesNotStartTakesNothing() throws Exception {
        assertEquals(false, isRefused(route("deliver:a"), route("deliver:a").autoStartup(false)));
    }

    @Test
    void aFileThatIsReadAgainBeginsWhereItBegan() throws Exception {
        RouteBeginnings beginnings = new RouteBeginnings();
        assertEquals(List.of(), add(beginnings, FIRST, route("deliver:a")));
        assertEquals(
                1,
                add(beginnings.without(List.of(SECOND)), SECOND, route("deliver:a"))
                        .size());
        assertEquals(List.of(), add(beginnings.without(List.of(FIRST)), FIRST, route("deliver:a")));
    }
}
