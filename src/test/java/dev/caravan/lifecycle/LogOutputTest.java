package dev.caravan.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogOutputTest {
    @Test
    void writesAllLinesBeforeTheEnd() {
        List<String> written = new CopyOnWriteArrayList<>();
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        AppenderBase<ILoggingEvent> lines = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                Thread.onSpinWait();
                written.add(event.getFormattedMessage());
            }
        };
        AsyncAppender queued = new AsyncAppender();
        queued.setContext(context);
        queued.setDiscardingThreshold(0);
        lines.setContext(context);
        lines.start();
        queued.addAppender(lines);
        queued.start();
        Logger logger = context.getLogger(Logger.ROOT_LOGGER_NAME);
        logger.addAppender(queued);
        List<String> said = IntStream.range(0, 1000).mapToObj(Integer::toString).toList();
        said.forEach(logger::info);
        LogOutput.end(context);
        assertEquals(said, written);
        LogOutput.end(context);
    }
}
