package dev.caravan.dsn;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.outcome.Notice;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.Spool;
import dev.caravan.testkit.GoldenFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The notification that a mail went to all who are behind an address (RFC 3461 §5.2.7.3). */
class ExpandedDsnTest {
    private static final DsnContext FACTS = new DsnContext(
            new Domain("mx.caravan.example"), Instant.parse("2026-01-31T10:15:31Z"), new MailId("01K8000000DSNDSN"));

    @TempDir
    Path folder;

    @Test
    void tellsOfAnExpansion() throws IOException {
        Recipient team = new Recipient(
                ForwardPath.of("team@caravan.example"), Notify.of(Notify.Condition.SUCCESS), Optional.empty());
        Notice notice = Outcome.expanded(ItemExamples.plain(), List.of(team), SuccessReports.ON_REQUEST)
                .get(0);
        MailObject dsn = DsnWriter.write(notice, FACTS, new Spool(folder, 1 << 20, 1 << 20).newContent());
        String text;
        try (InputStream in = dsn.content().open()) {
            text = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
        }
        new GoldenFile("dsn/expanded.eml").assertHolds(text);
    }
}
