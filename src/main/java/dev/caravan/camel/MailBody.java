package dev.caravan.camel;

import dev.caravan.delivery.TraceHeader;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.QueueItem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;
import org.apache.camel.Processor;
import org.apache.camel.support.SynchronizationAdapter;
import org.apache.camel.util.IOHelper;

/**
 * Makes of a queue item what an endpoint can take: the body becomes the mail's octets with Return-Path and Received
 * before them, and the headers are a fixed list, all of printable ASCII. Nothing of the mail itself becomes a header.
 */
public final class MailBody implements Processor {
    /** All headers that there are. */
    static final Set<String> HEADERS =
            Set.of("mailId", "itemId", "envId", "attempt", "arrivedAt", "size", "sender", "recipientList");

    private final Domain host;

    public MailBody(Domain host) {
        this.host = host;
    }

    @Override
    public void process(Exchange exchange) throws InvalidPayloadException, IOException {
        QueueItem item = exchange.getMessage().getMandatoryBody(QueueItem.class);
        headers(item).forEach(exchange.getMessage()::setHeader);
        Content content = item.mail().content();
        byte[] trace = trace(item.mail());
        if (content instanceof Content.InMemory memory) {
            byte[] whole = new byte[trace.length + memory.octets().length];
            System.arraycopy(trace, 0, whole, 0, trace.length);
            System.arraycopy(memory.octets(), 0, whole, trace.length, memory.octets().length);
            exchange.getMessage().setBody(whole);
            return;
        }
        InputStream stream = new SequenceInputStream(new ByteArrayInputStream(trace), content.open());
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                IOHelper.close(stream);
            }
        });
        exchange.getMessage().setBody(stream);
    }

    /** What leaves for another world says where it came from and how (RFC 5321 §4.4). */
    private byte[] trace(MailObject mail) {
        String lines = "Return-Path: " + mail.envelope().reversePath() + "\r\n" + TraceHeader.received(mail, host);
        return lines.getBytes(StandardCharsets.US_ASCII);
    }

    /** What is said of a mail beside its body. */
    static Map<String, Object> headers(QueueItem item) {
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
