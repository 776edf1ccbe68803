package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

@Isolated("counts the lines of a logger")
class MailEventDispatcherTest {
    private final List<String> heard = new ArrayList<>();

    /** A listener that notes the names of all methods that are called. */
    private MailEvents listener(String name) {
        return (MailEvents) Proxy.newProxyInstance(
                MailEvents.class.getClassLoader(), new Class<?>[] {MailEvents.class}, (proxy, method, arguments) -> {
                    heard.add(name + " " + method.getName());
                    return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
                });
    }

    private static final class Failing implements MailEvents {
        @Override
        public void flushed(String item, String queue) {
            throw new IllegalStateException("no room for " + item);
        }

        @Override
        public boolean wantsDecisions() {
            throw new IllegalStateException("no room");
        }
    }

    @TestFactory
    Stream<DynamicTest> passesEveryEventToEveryListener() {
        return Arrays.stream(MailEvents.class.getMethods())
                .map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
                    heard.clear();
                    MailEvents dispatcher = new MailEventDispatcher(List.of(listener("first"), listener("second")));

                    method.invoke(dispatcher, arguments(method));

                    assertEquals(List.of("first " + method.getName(), "second " + method.getName()), heard);
                }));
    }

    private static Object[] arguments(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(type -> type == boolean.class ? Boolean.FALSE : null)
                .toArray();
    }

    @Test
    void aListenerThatThrowsHarmsNeitherTheCallerNorTheOthers() {
        MailEvents dispatcher = new MailEventDispatcher(List.of(new Failing(), listener("second")));

        dispatcher.flushed("1M84BS8QG07JRZA4.1", "mail.retry.15m");

        assertEquals(List.of("second flushed"), heard);
        assertFalse(dispatcher.wantsDecisions());
    }

    @Test
    void logsAListenerThatThrowsOnceWithinHalfAMinute() {
        AtomicLong nanos = new AtomicLong();
        MailEvents dispatcher = new MailEventDispatcher(List.of(new Failing()), nanos::get);
        Logger logger = (Logger) LoggerFactory.getLogger(MailEventDispatcher.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            for (int i = 0; i < 100; i++) {
                dispatcher.flushed("1M84BS8QG07JRZA4.1", "mail.retry.15m");
            }
            nanos.addAndGet(30_000_000_000L);
            dispatcher.flushed("1M84BS8QG07JRZA4.1", "mail.retry.15m");
        } finally {
            logger.detachAppender(lines);
        }

        assertEquals(
                List.of(
                        "Failing failed to handle a mail event, which it therefore misses; 0 more failures since the last line",
                        "Failing failed to handle a mail event, which it therefore misses; 99 more failures since the last line"),
                lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
    }

    @Test
    void wantsDecisionsIfAnyListenerDoes() {
        MailEvents wanting = new MailEvents() {
            @Override
            public boolean wantsDecisions() {
                return true;
            }
        };

        assertTrue(new MailEventDispatcher(List.of(MailEvents.NONE, wanting)).wantsDecisions());
        assertFalse(new MailEventDispatcher(List.of(MailEvents.NONE)).wantsDecisions());
    }
}
