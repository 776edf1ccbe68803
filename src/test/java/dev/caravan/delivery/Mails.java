package dev.caravan.delivery;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Mails for tests. */
final class Mails {
    static final Instant ARRIVED = Instant.parse("2024-07-01T10:52:37Z");
    static final MailId ID = new MailId("Q7F3A0001");
    static final String CONTENT = "Subject: x\r\n\r\nhello\r\n";

    private Mails() {}

    static MailObject mail(String content, List<Recipient> recipients) {
        return mail(new Envelope(ReversePath.of(Mailbox.parse("a@client.example")), recipients, MailParameters.NONE))
                .withContent(octets(content));
    }

    static MailObject to(String... addresses) {
        return mail(CONTENT, Arrays.stream(addresses).map(Recipient::of).toList());
    }

    static MailObject mail(Envelope envelope) {
        Arrival arrival =
                new Arrival(ARRIVED, "ESMTP", "client.example", Optional.of(InetAddress.getLoopbackAddress()));
        return new MailObject(ID, arrival, envelope, octets(CONTENT));
    }

    static Content octets(String content) {
        return new Content.InMemory(content.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads the {@code M:} lines of a transcript: from, to, content. */
    static MailObject of(List<String> transcript) {
        ReversePath from = ReversePath.of(Mailbox.parse("a@client.example"));
        MailParameters parameters = MailParameters.NONE;
        List<Recipient> recipients = new ArrayList<>();
        String content = CONTENT;
        for (String line : transcript) {
            String[] words = line.split(" ", 4);
            if (line.startsWith("M: from ")) {
                from = words[2].equals("<>") ? ReversePath.NULL : ReversePath.of(Mailbox.parse(words[2]));
                parameters = parameters(words.length > 3 ? words[3] : "");
            } else if (line.startsWith("M: to ")) {
                recipients.add(recipient(words[2], words.length > 3 ? words[3] : ""));
            } else if (line.startsWith("M: many ")) {
                for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                    recipients.add(Recipient.of("u" + i + "@x.example"));
                }
            } else if (line.startsWith("M: content ")) {
                content = ScriptedMx.unescaped(line.substring("M: content ".length()));
            }
        }
        return mail(new Envelope(from, recipients, parameters)).withContent(octets(content));
    }

    private static MailParameters parameters(String words) {
        Body body = words.contains("BODY=8BITMIME")
                ? Body.EIGHT_BIT_MIME
                : words.contains("BODY=BINARYMIME") ? Body.BINARY : Body.SEVEN_BIT;
        Optional<Returned> returned =
                value(words, "RET").map(ret -> ret.equals("FULL") ? Returned.FULL : Returned.HEADERS);
        return MailParameters.NONE
                .withUtf8(words.contains("SMTPUTF8"))
                .withBody(body)
                .withReturned(returned)
                .withEnvelopeId(value(words, "ENVID"))
                .withPriority(value(words, "MT-PRIORITY").map(Integer::valueOf).orElse(0))
                .withAuthorization(value(words, "AUTH")
                        .map(path -> path.equals("<>") ? ReversePath.NULL : ReversePath.of(Mailbox.parse(path))))
                .withDeliverBy(value(words, "BY").map(Mails::deliverBy));
    }

    /** In seconds from now, as the parameter has it. */
    private static DeliverBy deliverBy(String by) {
        String[] parts = by.split(";");
        return new DeliverBy(
                ARRIVED.plusSeconds(Long.parseLong(parts[0])),
                parts[1].startsWith("R") ? DeliverBy.Mode.RETURN : DeliverBy.Mode.NOTIFY,
                parts[1].endsWith("T"));
    }

    private static Recipient recipient(String address, String words) {
        Notify notify = value(words, "NOTIFY")
                .map(list -> new Notify(Optional.of(
                        list.equals("NEVER")
                                ? java.util.Set.<Condition>of()
                                : Arrays.stream(list.split(","))
                                        .map(Condition::valueOf)
                                        .collect(Collectors.toSet()))))
                .orElse(Notify.DEFAULT);
        Optional<OriginalRecipient> original = value(words, "ORCPT").map(text -> {
            String[] parts = text.split(";", 2);
            return new OriginalRecipient(parts[0], parts[1]);
        });
        return new Recipient(ForwardPath.of(address), notify, original);
    }

    private static Optional<String> value(String words, String key) {
        return Arrays.stream(words.split(" "))
                .filter(word -> word.startsWith(key + "="))
                .map(word -> word.substring(key.length() + 1))
                .findFirst();
    }
}
