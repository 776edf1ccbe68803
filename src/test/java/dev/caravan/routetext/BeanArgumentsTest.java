package dev.caravan.routetext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.server.ServerAssembly;
import dev.caravan.server.ServerSettings;
import dev.caravan.server.TestOverrides;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.Component;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.apache.camel.spi.HeaderFilterStrategy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a route can write for a method of one of our beans is checked when the route is read. */
@Tag("server")
class BeanArgumentsTest {
    private static final Set<Class<?>> WRITTEN =
            Set.of(String.class, int.class, long.class, boolean.class, double.class, Integer.class, Long.class);

    /** Methods that only the server calls; they are public because their callers stand in other packages. */
    private static final Set<String> SERVERS_OWN = Set.of("use", "done", "begin", "end", "find");

    @TempDir
    Path folder;

    @Test
    void everyArgumentThatARouteWritesHasAForm() throws Exception {
        Settings settings = ServerSettings.load(home(), Map.of(), Map.of());
        List<String> missing = new ArrayList<>();
        int forms = 0;
        try (ServerAssembly parts = new ServerAssembly(
                home(), settings, Optional.empty(), SmtpSettings.listeners(settings), TestOverrides.none())) {
            for (Map.Entry<String, Object> bean : parts.beans().entrySet()) {
                if (!isForCamel(bean.getValue())) {
                    for (Method method : called(bean.getValue())) {
                        forms += BeanMethods.taken(method).size();
                        missing.addAll(without(bean.getKey(), method));
                    }
                    assertEquals(List.of(), twice(bean.getValue()), bean.getKey());
                }
            }
        }
        assertEquals(List.of(), missing, "parameters without @Argument");
        assertTrue(forms > 25, "there are forms: " + forms);
    }

    private ServerHome home() {
        return new ServerHome(folder, Path.of("").toAbsolutePath());
    }

    /** What routes name as a part of an endpoint, and never call. */
    private static boolean isForCamel(Object bean) {
        return bean instanceof Component || bean instanceof HeaderFilterStrategy;
    }

    private static List<Method> called(Object bean) {
        return BeanMethods.methods(bean)
                .filter(method -> !SERVERS_OWN.contains(method.getName()))
                .toList();
    }

    private static List<String> without(String bean, Method method) {
        return Stream.of(method.getParameters())
                .filter(parameter -> WRITTEN.contains(parameter.getType()))
                .filter(parameter -> !isFilledIn(parameter) && !parameter.isAnnotationPresent(Argument.class))
                .map(parameter -> bean + "." + method.getName() + " " + parameter.getName())
                .toList();
    }

    private static boolean isFilledIn(Parameter parameter) {
        return parameter.isAnnotationPresent(Header.class)
                || parameter.isAnnotationPresent(Body.class)
                || parameter.isAnnotationPresent(ExchangeProperty.class);
    }

    /** The number of arguments is checked by the method's name alone. */
    private static List<String> twice(Object bean) {
        Set<String> names = new HashSet<>();
        return called(bean).stream()
                .filter(method -> !BeanMethods.taken(method).isEmpty())
                .map(Method::getName)
                .filter(name -> !names.add(name))
                .toList();
    }
}
