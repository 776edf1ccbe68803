package dev.caravan.outcome;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpandedTest {
    private static final Recipient TEAM = asking("team@example.org", Notify.of(Condition.SUCCESS, Condition.FAILURE));
    private static final Recipient LIST = asking("list@example.org", Notify.DEFAULT);

    @Test
    void tellsASenderWhoAskedForSuccess() {
        List<Notice> notices = Outcome.expanded(ItemExamples.plain(), List.of(LIST, TEAM), SuccessReports.ON_REQUEST);
        assertEquals(1, notices.size());
        Notice notice = notices.get(0);
        assertEquals(Notice.Kind.EXPANDED, notice.kind());
        assertEquals(Notice.To.SENDER, notice.to());
        assertEquals(
                List.of(TEAM),
                notice.recipients().stream()
                        .map(Notice.NotifiedRecipient::recipient)
                        .toList());
        assertEquals("2.1.5", notice.recipients().get(0).diagnosis().status().toString());
    }

    @Test
    void leavesItToTheMembersToConfirmForTheOthers() {
        assertEquals(List.of(), Outcome.expanded(ItemExamples.plain(), List.of(LIST), SuccessReports.ALWAYS));
        assertEquals(List.of(), Outcome.expanded(ItemExamples.plain(), List.of(), SuccessReports.ALWAYS));
    }

    @Test
    void tellsNobodyWhenSuccessIsNeverTold() {
        assertEquals(List.of(), Outcome.expanded(ItemExamples.plain(), List.of(TEAM), SuccessReports.NEVER));
    }

    @Test
    void tellsNobodyBehindTheNullReversePath() {
        QueueItem item = ItemExamples.plain();
        MailObject mail =
                item.mail().withEnvelope(new Envelope(ReversePath.NULL, item.recipients(), MailParameters.NONE));
        QueueItem fromNobody = new QueueItem(item.id(), mail, item.nextHop(), item.progress());
        assertEquals(List.of(), Outcome.expanded(fromNobody, List.of(TEAM), SuccessReports.ON_REQUEST));
    }

    private static Recipient asking(String address, Notify notification) {
        return new Recipient(ForwardPath.of(address), notification, Optional.empty());
    }
}
