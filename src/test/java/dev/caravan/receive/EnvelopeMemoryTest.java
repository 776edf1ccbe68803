package dev.caravan.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.ListenerKind;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.session.PolicyResult;
import dev.caravan.session.SessionFacts;
import dev.caravan.session.SessionId;
import dev.caravan.smtp.Reply;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EnvelopeMemoryTest {
    private static final long LIMIT = 5000;
    private static final SessionFacts FACTS = new SessionFacts(
                    new SessionId("SESSION1"),
                    ListenerKind.SMTP,
                    new InetSocketAddress("127.0.0.1", 1),
                    new InetSocketAddress("127.0.0.1", 2))
            .greeted("client.test", true);
    private static final PolicyResult YES = PolicyResult.of(Reply.of(250, "2.1.5", "ok"));
    private static final PolicyResult NO = PolicyResult.of(Reply.of(550, "5.1.1", "no such user"));

    private final MemoryShare share = new MemoryShare("input", LIMIT);

    private static Recipient recipient(int number) {
        return new Recipient(
                new ForwardPath(Mailbox.parse("user" + number + "@far.test")), Notify.DEFAULT, Optional.empty());
    }

    private static PolicyRequest recipientQuestion(int number) {
        return new RecipientQuestion(FACTS, ReversePath.NULL, recipient(number), number);
    }

    private static PolicyRequest sender() {
        return new SenderQuestion(FACTS, ReversePath.NULL, MailParameters.NONE, OptionalLong.empty());
    }

    /** Asks for recipients until one is put off; the route says yes to all. */
    private static int recipients(EmbeddedChannel channel, int most) {
        for (int i = 0; i < most; i++) {
            channel.writeInbound(recipientQuestion(i));
            if (channel.readInbound() == null) {
                PolicyResult answer = channel.readOutbound();
                assertEquals(452, answer.reply().code());
                return i;
            }
            channel.writeOutbound(YES);
            assertEquals(YES, channel.readOutbound());
        }
        return most;
    }

    private EmbeddedChannel channel() {
        return new EmbeddedChannel(new EnvelopeMemory(share));
    }

    @Test
    void putsOffRecipientsWhenTheShareIsUsedUpButTheFirstOfEach() {
        EmbeddedChannel first = channel();
        first.writeInbound(sender());
        first.readInbound();
        int accepted = recipients(first, 100);
        assertTrue(accepted > 5 && accepted < 12, "accepted " + accepted);
        EmbeddedChannel second = channel();
        assertEquals(2, recipients(second, 100));
        // Another transaction of the same session.
        first.writeInbound(sender());
        first.readInbound();
        assertEquals(LIMIT, share.free());
        assertEquals(accepted, recipients(first, 100));
        first.close();
        assertEquals(LIMIT, share.free());
    }

    @Test
    void countsNoRecipientThatIsRefused() {
        EmbeddedChannel channel = channel();
        for (int i = 2; i < 100; i++) {
            channel.writeInbound(recipientQuestion(i));
            channel.readInbound();
            channel.writeOutbound(NO);
        }
        assertEquals(LIMIT, share.free());
    }

    @Test
    void holdsTheRecipientsAsLongAsTheContent() {
        EmbeddedChannel channel = channel();
        recipients(channel, 5);
        long left = share.free();
        assertTrue(left < LIMIT);
        MemoryLease content = MemoryShare.unlimited("content").lease();
        MailId id = MailId.next(Instant.EPOCH, new Random(1));
        Envelope envelope = new Envelope(ReversePath.NULL, List.of(recipient(0)), MailParameters.NONE);
        MailObject mail = new MailObject(
                id,
                new Arrival(Instant.EPOCH, "SMTP", "", Optional.empty()),
                envelope,
                new Content.InMemory(new byte[0]));
        channel.writeInbound(new MailQuestion(FACTS, mail, Disposition.DELIVER, content));
        channel.close();
        assertEquals(left, share.free());
        content.close();
        assertEquals(LIMIT, share.free());
        assertNull(channel.readOutbound());
    }
}
