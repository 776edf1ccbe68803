package dev.caravan.testkit;

import dev.caravan.config.OwnerOnlyFolders;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Does what {@link RunningServer} says. */
final class RunningServerExtension implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(RunningServerExtension.class);

    /** What runs; the context in whose store it is closes it at its end. */
    private record Running(TestServer server, Optional<FakeMailServer> peer, Path home) implements AutoCloseable {
        void clear() throws Exception {
            server.clear();
            peer.ifPresent(FakeMailServer::clear);
        }

        @Override
        public void close() throws Exception {
            server.close();
            peer.ifPresent(FakeMailServer::close);
            OwnerOnlyFolders.remove(home);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (isShared(context)) {
            run(context);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        if (!isShared(context)) {
            run(context);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (isShared(context)) {
            context.getStore(NAMESPACE).get(Running.class, Running.class).clear();
        }
    }

    private static boolean isShared(ExtensionContext context) {
        return Modifier.isStatic(field(context, TestServer.class)
                .orElseThrow(() -> new ExtensionConfigurationException(
                        context.getRequiredTestClass() + " has no field for the TestServer"))
                .getModifiers());
    }

    private static void run(ExtensionContext context) throws Exception {
        RunningServer wanted = AnnotationSupport.findAnnotation(context.getRequiredTestClass(), RunningServer.class)
                .orElseThrow();
        Path home = Files.createTempDirectory("caravan-server");
        TestServer server = new TestServer(home);
        Optional<Field> peerField = field(context, FakeMailServer.class);
        Optional<FakeMailServer> peer =
                peerField.isPresent() ? Optional.of(new FakeMailServer(wanted.peerOffers())) : Optional.empty();
        // Closed by the context, also if what follows fails.
        context.getStore(NAMESPACE).put(Running.class, new Running(server, peer, home));
        prepare(server, wanted, context);
        if (peer.isPresent()) {
            offer(peer.get(), server, context);
            set(peerField.get(), peer.get(), context);
        }
        set(field(context, TestServer.class).orElseThrow(), server, context);
        List<Method> preparations = ReflectionSupport.findMethods(
                context.getRequiredTestClass(),
                method -> AnnotationSupport.isAnnotated(method, BeforeStart.class),
                HierarchyTraversalMode.TOP_DOWN);
        for (Method preparation : preparations) {
            preparation.setAccessible(true);
            ReflectionSupport.invokeMethod(preparation, instance(context));
        }
        if (wanted.started()) {
            server.start();
        }
    }

    private static void prepare(TestServer server, RunningServer wanted, ExtensionContext context) throws Exception {
        for (String setting : wanted.settings()) {
            String[] parts = setting.split("=", 2);
            if (parts.length < 2) {
                throw new ExtensionConfigurationException("setting <" + setting + "> (expected: key=value)");
            }
            server.set(parts[0], parts[1]);
        }
        if (!wanted.users().isEmpty()) {
            server.write("users", wanted.users());
        }
        if (!wanted.aliases().isEmpty()) {
            server.write("aliases", wanted.aliases());
        }
        value(context, MovingClock.class).ifPresent(server::with);
        value(context, FakeDns.class).ifPresent(server::with);
    }

    private static void offer(FakeMailServer peer, TestServer server, ExtensionContext context) throws Exception {
        if (value(context, FakeDns.class).isPresent()) {
            server.set("delivery.port", Integer.toString(peer.port()));
        } else {
            server.with(peer);
        }
    }

    private static Object instance(ExtensionContext context) {
        return context.getTestInstance().orElse(null);
    }

    private static Optional<Field> field(ExtensionContext context, Class<?> type) {
        List<Field> fields = ReflectionSupport.findFields(
                context.getRequiredTestClass(), field -> field.getType() == type, HierarchyTraversalMode.TOP_DOWN);
        if (fields.size() > 1) {
            throw new ExtensionConfigurationException("more than one field of " + type);
        }
        fields.forEach(field -> field.setAccessible(true));
        return fields.stream().findFirst();
    }

    private static void set(Field field, Object value, ExtensionContext context) throws IllegalAccessException {
        field.set(owner(field, context), value);
    }

    private static <T> Optional<T> value(ExtensionContext context, Class<T> type) throws IllegalAccessException {
        Optional<Field> field = field(context, type);
        return field.isPresent()
                ? Optional.ofNullable(type.cast(field.get().get(owner(field.get(), context))))
                : Optional.empty();
    }

    private static Object owner(Field field, ExtensionContext context) {
        Object instance = instance(context);
        if (instance == null && !Modifier.isStatic(field.getModifiers())) {
            throw new ExtensionConfigurationException(
                    field + " is not static (expected: static as the server's field)");
        }
        return instance;
    }
}
