package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.metrics.BrokerSnapshot;
import dev.caravan.metrics.QueueStatistics;
import dev.caravan.monitoring.MonitoringEndpoints;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("server")
class MonitoringTest {
    private static QueueStatistics queue(String name, Duration oldest) {
        return new QueueStatistics(name, 1, Optional.of(oldest));
    }

    private static double overdue(QueueStatistics... queues) {
        List<QueueStatistics> all = Arrays.asList(queues);
        return MonitoringEndpoints.overdue(new BrokerSnapshot(true, false, OptionalInt.empty(), all));
    }

    @Test
    void comparesTheOldestWithTheDelayOfItsQueue() {
        assertEquals(0, overdue());
        assertEquals(0, overdue(queue("mail.retry.15m", Duration.ofMinutes(14))));
        assertEquals(
                300,
                overdue(
                        queue("mail.retry.15m", Duration.ofMinutes(14)),
                        queue("mail.retry.10s", Duration.ofSeconds(310)),
                        queue("mail.retry.4h", Duration.ofHours(4).plusSeconds(7))));
    }

    @Test
    void countsNoOtherQueueAndNoMailThatWaitsForItsTurn() {
        assertEquals(0, overdue(queue("mail.retry.30s", Duration.ofHours(1)), queue("mail.hold", Duration.ofDays(30))));
        assertEquals(0, overdue(new QueueStatistics("mail.retry.15m", 0, Optional.empty())));
    }
}
