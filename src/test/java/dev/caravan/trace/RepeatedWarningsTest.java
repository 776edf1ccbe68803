package dev.caravan.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;

class RepeatedWarningsTest {
    private static final String NOISY = "org.apache.activemq.transport";
    private static final String FAILED = "Transport ({}) failed, attempting to automatically reconnect: {}";

    private final LoggerContext context = new LoggerContext();
    private long nanos;
    private final RepeatedWarnings filter = new RepeatedWarnings(() -> nanos);

    RepeatedWarningsTest() {
        filter.addSource(NOISY);
    }

    private boolean passes(String logger, Level level, String line) {
        return filter.decide(null, context.getLogger(logger), level, line, null, null) == FilterReply.NEUTRAL;
    }

    @Test
    void letsOneOfManyLinesThatBeginAlikePass() {
        int passed = 0;
        for (int i = 0; i < 40; i++) {
            passed += passes(NOISY + ".failover.FailoverTransport", Level.WARN, FAILED + i) ? 1 : 0;
        }
        assertEquals(1, passed);
    }

    @Test
    void saysItAgainAfterHalfAMinute() {
        assertEquals(true, passes(NOISY, Level.WARN, FAILED));
        nanos += 29_999_999_999L;
        assertEquals(false, passes(NOISY, Level.WARN, FAILED));
        nanos += 1;
        assertEquals(true, passes(NOISY, Level.WARN, FAILED));
    }

    @Test
    void dropsNothingElse() {
        assertEquals(true, passes(NOISY, Level.WARN, FAILED));
        assertEquals(true, passes(NOISY, Level.WARN, "another line of this logger"));
        assertEquals(true, passes(NOISY, Level.INFO, FAILED));
        assertEquals(true, passes(NOISY, Level.INFO, FAILED));
        assertEquals(true, passes("dev.caravan", Level.WARN, FAILED));
        assertEquals(true, passes("dev.caravan", Level.WARN, FAILED));
    }
}
