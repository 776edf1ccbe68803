package dev.caravan.transport;

import dev.caravan.delivery.TraceHeader;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.camel.util.IOHelper;

/**
 * Turns a queue item into what an endpoint can send: the body becomes the message's octets with Return-Path and
 * Received fields before them, and the headers are a fixed list, all of printable ASCII. Nothing of the message itself
 * becomes a header.
 */
public final class MessageBody implements Processor, BlockingStep {
    private static final String RETURN_PATH = "Return-Path";

    private final Domain host;

    public MessageBody(Domain host) {
        this.host = host;
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        QueueItem item = MailExchange.of(exchange).item().orElseThrow();
        headers(item).forEach(exchange.getMessage()::setHeader);
        Content content = item.mail().content();
        HeaderSection header = HeaderSection.of(content);
        boolean hasReturnPath = header.first(RETURN_PATH).isPresent();
        int skipped = hasReturnPath ? header.size() : 0;
        byte[] beginning = beginning(item.mail(), hasReturnPath ? header.without(RETURN_PATH) : new byte[0]);
        if (content instanceof Content.InMemory memory) {
            int rest = memory.octets().length - skipped;
            byte[] whole = Arrays.copyOf(beginning, beginning.length + rest);
            System.arraycopy(memory.octets(), skipped, whole, beginning.length, rest);
            exchange.getMessage().setBody(whole);
            return;
        }
        InputStream in = content.open();
        InputStream stream = new SequenceInputStream(new ByteArrayInputStream(beginning), in);
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                IOHelper.close(stream);
            }
        });
        in.skipNBytes(skipped);
        exchange.getMessage().setBody(stream);
    }

    /**
     * The fields that are added when a message leaves the mail system; a Return-Path that it has already is removed
     * (RFC 5321 §4.4).
     */
    private byte[] beginning(MailObject mail, byte[] fields) {
        String lines = RETURN_PATH + ": " + mail.envelope().reversePath() + "\r\n" + TraceHeader.received(mail, host);
        byte[] trace = lines.getBytes(StandardCharsets.UTF_8);
        byte[] beginning = Arrays.copyOf(trace, trace.length + fields.length);
        System.arraycopy(fields, 0, beginning, trace.length, fields.length);
        return beginning;
    }

    /** The headers that describe a message. */
    public static Map<String, Object> headers(QueueItem item) {
        MailObject mail = item.mail();
        Map<String, Object> headers = new TreeMap<>();
        headers.put("mailId", mail.id().text());
        headers.put("itemId", item.id().toString());
        mail.envelope().parameters().envelopeId().ifPresent(id -> headers.put("envId", id));
        headers.put("attempt", item.progress().attempts() + 1);
        headers.put("arrivedAt", mail.arrival().at().toString());
        headers.put("size", mail.content().size());
        headers.put("sender", mail.envelope().reversePath().address());
        headers.put("recipientList", RecipientList.of(item));
        return headers;
    }
}
