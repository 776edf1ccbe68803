package dev.caravan.steps;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.caravan.config.ServerHome;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.mime.MimeReader;
import dev.caravan.mime.MimeReader.Limits;
import dev.caravan.mime.ReadMessage;
import dev.caravan.mime.ReadMessage.Attachment;
import dev.caravan.queue.QueueItem;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.transport.MessageBody;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.camel.Exchange;

/**
 * The message with its parts, decoded: for rules about its text, and for routes that deliver it to programs that do not
 * read MIME. Nothing of it becomes a header of Camel or, unchanged, the name of a file.
 */
public final class MailParts implements BlockingStep {
    /** How much of a message is read, as documented in {@code docs/routes/recipes.md}. */
    private static final Limits LIMITS = new Limits(1000, 20, 1024 * 1024);
    /** The maximum octets of attachments in a JSON document, which is in memory. */
    private static final int MAX_INLINE = 5 * 1024 * 1024;

    private static final JsonFactory JSON = new JsonFactory();

    private final ServerHome home;

    public MailParts(ServerHome home) {
        this.home = home;
    }

    /** The subject, encoded words decoded, without control characters; empty if there is none. */
    public String subject(Exchange exchange) throws IOException {
        return read(exchange).fields().getOrDefault("subject", "");
    }

    /** The plain text of the message, or else its HTML as it is; empty if it has neither. */
    public String text(Exchange exchange) throws IOException {
        ReadMessage message = read(exchange);
        return message.text().or(message::html).orElse("");
    }

    /** The names of all attachments, one on each line; empty if there are none. */
    public String attachmentNames(Exchange exchange) throws IOException {
        return read(exchange).attachments().stream().map(Attachment::name).collect(Collectors.joining("\n"));
    }

    private static ReadMessage read(Exchange exchange) throws IOException {
        try (InputStream in = mail(exchange).content().open()) {
            return MimeReader.read(in, LIMITS, about -> OutputStream.nullOutputStream());
        }
    }

    private static MailObject mail(Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        return view.item().map(QueueItem::mail).orElseGet(view::message);
    }

    /**
     * For delivery routes: the body becomes a JSON document in UTF-8 with the attachments in it, and the headers become
     * those of {@code mailBody}.
     */
    public void json(Exchange exchange) throws IOException {
        QueueItem item = MailExchange.of(exchange).item().orElseThrow();
        Map<Integer, ByteArrayOutputStream> inline = new HashMap<>();
        Inline room = new Inline();
        ReadMessage message;
        try (InputStream in = item.mail().content().open()) {
            message = MimeReader.read(in, LIMITS, about -> {
                ByteArrayOutputStream octets = new ByteArrayOutputStream();
                inline.put(about.number(), octets);
                return room.into(octets);
            });
        }
        answer(exchange, item, message, (about, json) -> {
            ByteArrayOutputStream octets = inline.get(about.number());
            // An incomplete attachment is of no use.
            if (octets != null && octets.size() == about.octets()) {
                json.writeBinaryField("content", octets.toByteArray());
            } else {
                json.writeStringField("omitted", "attachments of more than " + MAX_INLINE + " octets in all");
            }
        });
    }

    /**
     * The same with the attachments as files: {@code folder/item id/number-name}, with safe names. A message that is
     * delivered again replaces its files.
     *
     * @param folder relative to the home; made if it does not exist.
     * @throws IOException if the disk refuses.
     */
    public void jsonAndFiles(@Argument(ArgumentForm.FILE) String folder, Exchange exchange) throws IOException {
        QueueItem item = MailExchange.of(exchange).item().orElseThrow();
        Path own = Files.createDirectories(
                home.folder().resolve(folder).resolve(item.id().toString()));
        ReadMessage message;
        try (InputStream in = item.mail().content().open()) {
            message = MimeReader.read(in, LIMITS, about -> new WholeFile(own.resolve(about.fileName())));
        }
        answer(
                exchange,
                item,
                message,
                (about, json) -> json.writeStringField("file", item.id() + "/" + about.fileName()));
    }

    private interface Place {
        void write(Attachment about, JsonGenerator json) throws IOException;
    }

    private static void answer(Exchange exchange, QueueItem item, ReadMessage message, Place place) throws IOException {
        ByteArrayOutputStream document = new ByteArrayOutputStream();
        Map<String, Object> headers = MessageBody.headers(item);
        try (JsonGenerator json = JSON.createGenerator(document)) {
            json.writeStartObject();
            json.writeStringField("mailId", item.mail().id().text());
            json.writeStringField("itemId", item.id().toString());
            json.writeStringField("sender", item.mail().envelope().reversePath().address());
            json.writeArrayFieldStart("recipients");
            for (var recipient : item.recipients()) {
                json.writeString(recipient.path().address());
            }
            json.writeEndArray();
            for (Map.Entry<String, String> field : new TreeMap<>(message.fields()).entrySet()) {
                json.writeStringField(member(field.getKey()), field.getValue());
            }
            optional("text", message.text(), json);
            optional("html", message.html(), json);
            json.writeArrayFieldStart("attachments");
            for (Attachment about : message.attachments()) {
                json.writeStartObject();
                json.writeStringField("name", about.name());
                json.writeStringField("type", about.type());
                json.writeNumberField("size", about.octets());
                optional("contentId", about.contentId(), json);
                place.write(about, json);
                json.writeEndObject();
            }
            json.writeEndArray();
            optional("incomplete", message.incomplete(), json);
            json.writeEndObject();
        }
        headers.forEach(exchange.getMessage()::setHeader);
        exchange.getMessage().setBody(document.toByteArray());
    }

    /** {@code message-id} becomes {@code messageId}. */
    private static String member(String field) {
        StringBuilder member = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '-') {
                upper = true;
            } else {
                member.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return member.toString();
    }

    private static void optional(String name, Optional<String> value, JsonGenerator json) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, value.get());
        }
    }

    /** Limits the octets of all attachments in memory. */
    private static final class Inline {
        private long taken;

        OutputStream into(ByteArrayOutputStream octets) {
            return new OutputStream() {
                @Override
                public void write(int octet) {
                    write(new byte[] {(byte) octet}, 0, 1);
                }

                @Override
                public void write(byte[] source, int from, int count) {
                    taken += count;
                    if (taken <= MAX_INLINE) {
                        octets.write(source, from, count);
                    }
                }
            };
        }
    }

    /** A file that appears under its name when all of it is on the disk. */
    private static final class WholeFile extends FilterOutputStream {
        private final Path file;
        private final Path part;
        private boolean isWhole = true;

        WholeFile(Path file) throws IOException {
            this(file, file.resolveSibling(".part-" + UUID.randomUUID()));
        }

        private WholeFile(Path file, Path part) throws IOException {
            super(Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
            this.file = file;
            this.part = part;
        }

        @Override
        public void write(byte[] source, int from, int count) throws IOException {
            isWhole = false;
            out.write(source, from, count);
            isWhole = true;
        }

        @Override
        public void close() throws IOException {
            super.close();
            if (!isWhole) {
                Files.deleteIfExists(part);
                return;
            }
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
