package dev.caravan.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.receive.SmtpSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.Processor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is true of every bean that a route can name. */
@Tag("server")
class ShippedBeansTest {
    /** Serve timers and HTTP requests, never an SMTP session. */
    private static final Set<String> APART = Set.of("dev.caravan.housekeeping", "dev.caravan.http");

    @TempDir
    Path folder;

    @Test
    void eachStepSaysWhetherItMayBlock() throws Exception {
        Set<String> undecided = new TreeSet<>();
        int nonBlocking = 0;
        for (Map.Entry<String, Object> entry : beans().entrySet()) {
            Object bean = entry.getValue();
            if (isStep(bean)) {
                nonBlocking += bean instanceof NonBlockingStep ? 1 : 0;
                if (bean instanceof NonBlockingStep == bean instanceof BlockingStep) {
                    undecided.add(entry.getKey() + " " + bean.getClass().getName());
                }
            }
        }
        assertEquals(Set.of(), undecided, "say neither that they block nor that they do not, or both");
        assertTrue(nonBlocking > 10, "there are non-blocking steps: " + nonBlocking);
    }

    /** Who reads the name of a step in a route finds its class. */
    @Test
    void eachPolicyStepHasTheNameOfItsClass() throws Exception {
        Map<String, Object> beans = beans();
        Set<String> others = new TreeSet<>();
        for (Map.Entry<String, Object> entry : beans.entrySet()) {
            Class<?> type = entry.getValue().getClass();
            String name = Character.toLowerCase(type.getSimpleName().charAt(0))
                    + type.getSimpleName().substring(1).replaceFirst("Step$", "");
            boolean hasItsName = entry.getValue().equals(beans.get(name));
            if (type.getPackageName().equals("dev.caravan.steps") && !hasItsName) {
                others.add(entry.getKey() + " is " + type.getSimpleName());
            }
        }
        // Names that routes have everywhere.
        assertEquals(Set.of("clock is RuleClock", "destination is TransportChoice"), others);
    }

    private static boolean isStep(Object bean) {
        return (bean instanceof Processor || isOnlyOurs(bean.getClass()))
                && !APART.contains(bean.getClass().getPackageName());
    }

    /** Not a part of Camel, Netty or another library, such as a component or an authenticator. */
    private static boolean isOnlyOurs(Class<?> type) {
        List<Class<?>> all = new ArrayList<>();
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            all.add(each);
            all.addAll(List.of(each.getInterfaces()));
        }
        return all.stream()
                .map(Class::getName)
                .allMatch(name -> name.startsWith("dev.caravan.") || name.startsWith("java."));
    }

    /** With all sources that need a setting to be there. */
    private Map<String, Object> beans() throws Exception {
        Files.writeString(folder.resolve("users"), "alice\n");
        Files.writeString(folder.resolve("password"), "secret\n");
        Map<String, String> given = new HashMap<>();
        given.put("mailbox.server", "imaps://mail.test");
        given.put("mailbox.user", "box");
        given.put("mailbox.password-file", "password");
        given.put("mailbox.to", "alice@local.test");
        given.put("kafka.brokers", "kafka.test:9092");
        given.put("sql.url", "jdbc:h2:mem:none");
        ServerHome home = new ServerHome(folder, Path.of("").toAbsolutePath());
        Settings settings = ServerSettings.load(home, given, Map.of());
        try (ServerAssembly assembly = new ServerAssembly(
                home, settings, Optional.empty(), SmtpSettings.listeners(settings), TestOverrides.none())) {
            return assembly.beans();
        }
    }
}
