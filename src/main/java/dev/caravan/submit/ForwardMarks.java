package dev.caravan.submit;

import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.ForwardTrace;
import dev.caravan.queue.ContentEdit;
import dev.caravan.queue.Spool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;

/**
 * Contents of one message for recipients at other servers that were reached by aliases: each names these aliases at the
 * top of its header. Recipients reached by the same aliases share a content. Lives for one call.
 */
final class ForwardMarks {
    private final MailObject mail;
    private final Spool spool;
    private final Exchange exchange;
    private final Set<String> stored = new HashSet<>();
    private final Map<List<String>, Content> contents = new HashMap<>();

    ForwardMarks(MailObject mail, Spool spool, Exchange exchange) {
        this.mail = mail;
        this.spool = spool;
        this.exchange = exchange;
    }

    /** Notes that a mailbox of this server gets the message by these aliases. */
    void storedBy(List<String> aliases) {
        stored.addAll(aliases);
    }

    /**
     * The content for those who were reached by these aliases; to be called after all {@link #storedBy}.
     *
     * @param sender its reverse-path, the same for the same aliases.
     */
    Content content(List<String> aliases, ReversePath sender) throws IOException {
        Content known = contents.get(aliases);
        if (known != null) {
            return known;
        }
        int resent = ForwardTrace.of(HeaderSection.of(mail.content())).resent();
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        for (String alias : aliases) {
            fields.writeBytes(new ForwardTrace.Visit(alias, sender.address(), resent, stored.contains(alias))
                    .field()
                    .octets());
        }
        Content marked = marked(fields.toByteArray());
        contents.put(aliases, marked);
        return marked;
    }

    private Content marked(byte[] fields) throws IOException {
        if (mail.content() instanceof Content.InMemory memory) {
            byte[] whole = new byte[fields.length + memory.octets().length];
            System.arraycopy(fields, 0, whole, 0, fields.length);
            System.arraycopy(memory.octets(), 0, whole, fields.length, memory.octets().length);
            return new Content.InMemory(whole);
        }
        Content marked = new ContentEdit(spool).below(fields, mail.content());
        MailExchange.of(exchange).releaseAfterwards(spool, mail.content(), marked);
        return marked;
    }
}
