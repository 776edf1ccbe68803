package dev.caravan.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.queue.ItemId;
import dev.caravan.queue.NextHop;
import dev.caravan.queue.Progress;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which mails a filter means. */
class QueueFilterTest {
    private static final MailId ID = new MailId("01K7Q3ZV8GABCDEF");

    private static QueueItem item(String sender, String... recipients) {
        List<Recipient> paths = new ArrayList<>();
        for (String recipient : recipients) {
            paths.add(Recipient.of(recipient));
        }
        ReversePath from = sender.isEmpty() ? ReversePath.NULL : ReversePath.of(Mailbox.parse(sender));
        MailObject mail = new MailObject(
                ID,
                new Arrival(Instant.EPOCH, "ESMTP", "client.test", Optional.empty()),
                new Envelope(from, paths, MailParameters.NONE),
                new Content.InMemory(new byte[0]));
        return new QueueItem(new ItemId(ID, "2"), mail, new NextHop("smtp", "Relay.test:25"), Progress.NEW);
    }

    private static QueueFilter filter(String... namesAndValues) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            parameters
                    .computeIfAbsent(namesAndValues[i], name -> new ArrayList<>())
                    .add(namesAndValues[i + 1]);
        }
        return QueueFilter.of(parameters, QueueState.UNFINISHED);
    }

    @Test
    void meansMailOfAUser() {
        QueueItem item = item("a@sender.test", "b@one.test");
        ClientStory alice = new ClientStory(
                Optional.of("submission"), Optional.of("Alice@sender.test"), Optional.empty(), Optional.empty());
        MailObject mail = item.mail();
        QueueItem hers =
                item.withMail(new MailObject(mail.id(), mail.arrival().from(alice), mail.envelope(), mail.content()));
        assertTrue(filter("user", "alice@SENDER.test").matches(hers));
        assertTrue(filter("user", "alice@sender.test").matchesWholly(hers));
        assertFalse(filter("user", "alice").matches(hers));
        assertFalse(filter("user", "alice@sender.test").matches(item));
        assertFalse(filter("user", "alice@sender.test").isAll());
        assertFalse(filter("user", "alice@sender.test").mayList(Optional.of(item.id())));
    }

    @Test
    void meansMailWithOneRecipientThatFits() {
        QueueItem item = item("a@Sender.test", "b@one.test", "C@two.test");
        assertTrue(filter().matches(item));
        assertTrue(filter("id", "01K7Q3ZV8GABCDEF").matches(item));
        assertTrue(filter("id", "01K7Q3ZV8GABCDEF.2").matches(item));
        assertFalse(filter("id", "01K7Q3ZV8GABCDEF.1").matches(item));
        assertTrue(
                filter("id", "01K7Q3ZV8GABCDEF.1", "id", "01K7Q3ZV8GABCDEF.2").matches(item));
        assertTrue(filter("from", "A@sender.TEST").matches(item));
        assertTrue(filter("from", "@sender.test").matches(item));
        assertFalse(filter("from", "@der.test").matches(item));
        assertFalse(filter("from", "<>").matches(item));
        assertTrue(filter("from", "<>").matches(item("", "b@one.test")));
        assertTrue(filter("to", "c@two.test").matches(item));
        assertTrue(filter("to", "@two.test").matches(item));
        assertFalse(filter("to", "d@two.test").matches(item));
        assertTrue(filter("domain", "ONE.test").matches(item));
        assertTrue(filter("domain", "relay.test:25").matches(item));
        assertFalse(filter("domain", "three.test").matches(item));
        assertFalse(filter("to", "b@one.test", "domain", "two.test").matches(item), "no recipient fits both");
    }

    @Test
    void meansMailWhollyOnlyIfAllItsRecipientsFit() {
        QueueItem item = item("a@sender.test", "b@one.test", "c@two.test");
        assertFalse(filter("to", "b@one.test").matchesWholly(item));
        assertFalse(filter("domain", "one.test").matchesWholly(item));
        assertTrue(filter("domain", "relay.test:25").matchesWholly(item));
        assertTrue(filter("from", "a@sender.test").matchesWholly(item));
        assertTrue(filter("to", "@one.test").matchesWholly(item("", "b@one.test", "c@one.test")));
    }

    @Test
    void refusesWhatIsNoFilter() {
        for (List<String> wrong : List.of(
                List.of("id", "x"),
                List.of("id", "01K7Q3ZV8GABCDEF.x"),
                List.of("from", ""),
                List.of("from", "bob"),
                List.of("to", "<>"),
                List.of("to", "@"),
                List.of("to", "b@x\r\n"),
                List.of("state", "lost"),
                List.of("to", "a@x.test", "to", "b@x.test"))) {
            assertThrows(IllegalArgumentException.class, () -> filter(wrong.toArray(String[]::new)), wrong.toString());
        }
        Map<String, List<String>> many = Map.of("id", Collections.nCopies(QueueFilter.MAX_IDS + 1, "01K7Q3ZV8GABCDEF"));
        assertThrows(IllegalArgumentException.class, () -> QueueFilter.of(many, QueueState.UNFINISHED));
    }

    @Test
    void findsQueuesByTheStateOfTheirMail() {
        List<String> all = List.of(
                "mail.bounced",
                "mail.deliver.smtp",
                "mail.dead",
                "mail.dead.invalid",
                "mail.events.x",
                "mail.hold",
                "mail.retry.30s",
                "mail.retry.15m",
                "mail.submit",
                "orders");
        assertEquals(
                List.of("mail.retry.15m", "mail.retry.30s", "mail.deliver.smtp", "mail.dead", "mail.hold"),
                filter().queues(all));
        assertEquals(List.of("mail.bounced"), filter("state", "bounced").queues(all));
    }
}
