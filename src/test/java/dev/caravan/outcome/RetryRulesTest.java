package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.mail.Content;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.OutcomeEvent.Kind;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.queue.Spool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recipients of one item that wait for different times: rules that look at the reply, as an operator may want them. */
class RetryRulesTest {
    private static final Instant ARRIVED = ItemExamples.ARRIVED;
    private static final Instant SOON = ARRIVED.plusSeconds(1);
    private static final RetrySchedule QUICK = schedule(Duration.ofMinutes(2), 30);
    private static final RetrySchedule USUAL = RetrySchedule.DEFAULT;
    private static final RetrySchedule SLOW = schedule(Duration.ofHours(1), 240);
    private static final ForwardPath B = ForwardPath.of("b@example.net");
    private static final ForwardPath C = ForwardPath.of("c@example.net");
    private static final ForwardPath D = ForwardPath.of("d@example.net");
    private static final ForwardPath E = ForwardPath.of("e@example.net");

    /** Greylisting passes in minutes, a full mailbox stays full for hours. */
    private static final RetryRules BY_REPLY =
            (item, recipient, result) -> switch (result.diagnosis().status().toString()) {
                case "4.7.1" -> QUICK;
                case "4.2.2" -> SLOW;
                default -> USUAL;
            };

    private static RetrySchedule schedule(Duration delay, int attempts) {
        return new RetrySchedule(delay, delay, 1, delay, attempts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "b=4.7.1                         | mail.retry.2m 1: b",
                "b=4.2.2                         | mail.retry.1h 1: b",
                "b=4.4.1 c=4.4.1                 | mail.retry.15m 1: b c",
                "b=4.7.1 c=4.7.1                 | mail.retry.2m 1: b c",
                "b=4.4.1 c=4.7.1                 | mail.retry.2m 1: c, mail.retry.15m 1-1-0-1: b",
                "b=4.2.2 c=4.7.1 d=4.4.1 e=4.2.2 | mail.retry.2m 1: c, mail.retry.15m 1-1-0-1: d, mail.retry.1h 1-1-0-2: b e",
                "b=4.2.2 c=5.1.1 d=4.4.1         | mail.retry.15m 1: d, mail.retry.1h 1-1-0-1: b, mail.dead 1-1: c",
                "b=2.0.0 c=4.2.2 d=4.7.1         | mail.retry.2m 1: d, mail.retry.1h 1-1-0-1: c",
                "b=busy c=4.2.2 d=4.7.1          | mail.retry.2m 1: d b, mail.retry.1h 1-1-0-1: c",
                "b=busy c=4.2.2                  | mail.retry.1h 1: c b",
                "b=busy c=5.1.1                  | mail.retry.30s 1: b, mail.dead 1-1: c",
                "b=busy c=busy                   | mail.retry.30s 1: b c",
                "b=5.1.1 c=5.1.1                 | mail.dead 1: b c",
                "b=none c=4.7.1                  | mail.retry.2m 1: c, mail.retry.15m 1-1-0-1: b",
            })
    void groupsRecipientsByDelay(String results, String placements) {
        QueueItem item = item(results);
        Settlement settlement = settle(item, results, SOON);
        assertEquals(placements, words(settlement));
        assertEquals(settlement, settle(item, results, SOON), "settled again after a crash");
    }

    @Test
    void triesEachGroupWhenItIsDue() {
        Settlement settlement = settle(item("b=4.7.1 c=4.2.2 d=4.4.1"), "b=4.7.1 c=4.2.2 d=4.4.1", SOON);
        assertEquals(
                List.of(
                        SOON.plus(Duration.ofMinutes(2)),
                        SOON.plus(Duration.ofMinutes(15)),
                        SOON.plus(Duration.ofHours(1))),
                settlement.placements().stream()
                        .map(placement ->
                                placement.item().progress().nextAttemptAt().orElseThrow())
                        .toList());
        for (Placement placement : settlement.placements()) {
            Progress progress = placement.item().progress();
            assertEquals(1, progress.attempts());
            assertEquals(1, progress.log().size());
            assertEquals(
                    placement.item().recipients().size(), progress.recipients().size());
        }
    }

    @Test
    void givesUpEachRecipientByItsOwnSchedule() {
        String results = "b=4.7.1 c=4.2.2 d=4.4.1";
        assertEquals(
                "mail.retry.15m 1: d, mail.retry.1h 1-1-0-1: c, mail.dead 1-1: b",
                words(settle(item(results), results, ARRIVED.plus(Duration.ofHours(1)))));
        assertEquals(
                "mail.retry.1h 1: c, mail.dead 1-1: b d",
                words(settle(item(results), results, ARRIVED.plus(Duration.ofDays(5)))));
        assertEquals("mail.dead 1: b c d", words(settle(item(results), results, ARRIVED.plus(Duration.ofDays(10)))));
    }

    @Test
    void schedulesNoAttemptBehindTheLimitOfARecipient() {
        Instant now = ARRIVED.plus(Duration.ofMinutes(59));
        Settlement settlement = settle(item("b=4.7.1 c=4.2.2"), "b=4.7.1 c=4.2.2", now);
        assertEquals(
                Optional.of(ARRIVED.plus(Duration.ofHours(1))),
                settlement.placements().get(0).item().progress().nextAttemptAt());
        assertEquals("mail.retry.2m 1: b, mail.retry.1h 1-1-0-1: c", words(settlement));
    }

    @Test
    void tellsTheSenderForEachRecipientUntilWhenItIsTried() {
        String results = "c=4.2.2 d=4.4.1 e=4.2.2";
        List<Notice> notices = settle(item(results), results, ARRIVED.plus(Duration.ofHours(5)))
                .notices();
        assertEquals(2, notices.size());
        assertEquals(
                Map.of(
                        ARRIVED.plus(Duration.ofDays(10)), List.of(C, E),
                        ARRIVED.plus(Duration.ofDays(5)), List.of(D)),
                notices.stream()
                        .collect(Collectors.toMap(
                                notice -> notice.retryUntil().orElseThrow(),
                                notice -> notice.recipients().stream()
                                        .map(told -> told.recipient().path())
                                        .toList())));
    }

    @Test
    void tellsProgramsForEachRecipientWhenItIsTriedAgain() {
        String results = "b=4.2.2 c=4.7.1";
        QueueItem item = item(results);
        List<OutcomeEvent> events =
                OutcomeEvents.settled(item, report(results, SOON), settle(item, results, SOON), SOON);
        assertEquals(
                List.of(
                        "DEFERRED b@example.net " + SOON.plus(Duration.ofHours(1)),
                        "DEFERRED c@example.net " + SOON.plus(Duration.ofMinutes(2))),
                events.stream()
                        .map(event -> event.kind() + " "
                                + event.about().recipient().path().address() + " "
                                + event.nextAttemptAt().orElseThrow())
                        .toList());
        assertEquals(Kind.DEFERRED, events.get(0).kind());
    }

    @Test
    void waitsForItsTurnWhileOneRecipientMayStillBeTried() {
        String before = "b=4.7.1 c=4.4.1";
        QueueItem item = item(before);
        // Both were tried a moment ago, and the first is past its limit, but the second is not.
        Instant late = ARRIVED.plus(Duration.ofHours(1)).minusSeconds(1);
        QueueItem tried = item.withProgress(
                settle(item, "b=4.4.1 c=4.4.1", late).placements().get(0).item().progress());
        assertEquals("mail.retry.30s 1: b c", words(settle(tried, "b=busy c=busy", late.plusSeconds(10))));
        Instant tooLate = ARRIVED.plus(Duration.ofDays(5));
        QueueItem triedLate = item.withProgress(settle(item, "b=4.4.1 c=4.4.1", tooLate.minusSeconds(1))
                .placements()
                .get(0)
                .item()
                .progress());
        assertEquals("mail.dead 1: b c", words(settle(triedLate, "b=busy c=busy", tooLate)));
    }

    /** An item that is split again and again, at each attempt: nobody is lost, nobody is twice in a queue. */
    @Test
    void losesAndDoublesNobodyWhileItemsAreSplit(@TempDir Path folder) throws Exception {
        Spool spool = new Spool(folder.resolve("spool"), 1024, Spool.DEFAULT_MEMORY_BUDGET);
        Path file = Files.writeString(folder.resolve("content"), "Subject: x\r\n\r\nx\r\n");
        QueueItem whole = spool.adopt(
                item("b=4.4.1 c=4.4.1 d=4.4.1 e=4.4.1").withContent(new Content.InFile(file, Files.size(file))));
        List<QueueItem> items = new ArrayList<>(List.of(whole));
        List<String> answers = List.of("4.7.1", "4.4.1", "4.2.2", "4.7.1", "4.4.1");
        for (int round = 0; round < 20; round++) {
            List<QueueItem> next = new ArrayList<>();
            for (QueueItem item : items) {
                int at = round;
                String results = item.recipients().stream()
                        .map(recipient -> recipient.path().address().charAt(0) + "="
                                + answers.get((at * recipient.path().hashCode() & 0x7fffffff) % answers.size()))
                        .collect(Collectors.joining(" "));
                List<QueueItem> parts = settle(item, results, SOON).placements().stream()
                        .map(Placement::item)
                        .toList();
                for (QueueItem part : spool.adoptAll(parts)) {
                    QueueItem read = QueueItemFormat.read(QueueItemFormat.write(part), spool);
                    Content.InFile content = (Content.InFile) read.mail().content();
                    assertEquals(Files.readString(file), Files.readString(content.file()));
                    next.add(read);
                }
            }
            items = next;
            assertEquals(
                    Set.of(B, C, D, E),
                    items.stream()
                            .flatMap(item -> item.recipients().stream())
                            .map(Recipient::path)
                            .collect(Collectors.toSet()));
            assertEquals(
                    4, items.stream().mapToInt(item -> item.recipients().size()).sum());
            assertEquals(
                    items.size(), items.stream().map(QueueItem::id).distinct().count());
        }
        assertTrue(items.size() > 1, words(items));
    }

    private static String words(List<QueueItem> items) {
        return items.stream().map(item -> item.id().part()).collect(Collectors.joining(" "));
    }

    private static String words(Settlement settlement) {
        return settlement.placements().stream()
                .map(placement -> placement.queue() + " "
                        + placement.item().id().part() + ": "
                        + placement.item().recipients().stream()
                                .map(recipient -> recipient.path().address().substring(0, 1))
                                .collect(Collectors.joining(" ")))
                .collect(Collectors.joining(", "));
    }

    private static QueueItem item(String results) {
        return ItemExamples.with(Arrays.stream(results.split(" "))
                .map(result -> new Recipient(path(result), Notify.DEFAULT, Optional.empty()))
                .toList());
    }

    private static Settlement settle(QueueItem item, String results, Instant now) {
        return Outcome.settle(item, report(results, now), BY_REPLY, NotificationRules.DEFAULT, Reading.trusted(now));
    }

    private static DeliveryReport report(String results, Instant now) {
        return new DeliveryReport(
                now,
                Arrays.stream(results.split(" "))
                        .filter(result -> !result.endsWith("=none"))
                        .map(RetryRulesTest::result)
                        .toList());
    }

    private static ForwardPath path(String result) {
        return ForwardPath.of(result.substring(0, result.indexOf('=')) + "@example.net");
    }

    private static RecipientResult result(String text) {
        String status = text.substring(text.indexOf('=') + 1);
        if (status.equals("busy")) {
            return new RecipientResult.NotAttempted(path(text), Diagnosis.ours("4.4.5", "busy"));
        }
        Diagnosis said = new Diagnosis(EnhancedStatus.of(status), Optional.of("mx.example.net"), "said");
        return switch (said.status().kind()) {
            case 2 -> new RecipientResult.Delivered(path(text), said, RecipientResult.Handling.RELAYED);
            case 5 -> new RecipientResult.Failed(path(text), said);
            default -> new RecipientResult.Deferred(path(text), said);
        };
    }
}
