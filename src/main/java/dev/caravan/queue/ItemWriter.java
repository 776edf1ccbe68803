package dev.caravan.queue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Xtext;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/** Writes the header block of a queue item, except for the line about its content. */
final class ItemWriter {
    /** In a deadline of which each relay reports. */
    static final String TRACED = " T";
    /** At the end of a deadline of which the sender was told. */
    static final String TOLD = " told";

    private final StringBuilder out;

    private ItemWriter(StringBuilder out) {
        this.out = out;
    }

    static void header(QueueItem item, StringBuilder out) {
        ItemWriter writer = new ItemWriter(out);
        writer.line("Caravan-Item: ", "1");
        writer.line("Id: ", item.id().toString());
        writer.arrival(item.mail().arrival());
        writer.line(
                "Reverse-Path: ",
                Xtext.encodeUtf8(item.mail().envelope().reversePath().address()));
        writer.parameters(item.mail().envelope().parameters());
        writer.line("Transport: ", item.nextHop().transport());
        writer.line("Domain: ", escaped(item.nextHop().destination()));
        writer.progress(item.progress());
        for (Recipient recipient : item.recipients()) {
            String unknown = item.attributes().unknownWords().getOrDefault(recipient.path(), "");
            writer.recipient(recipient, item.progress().of(recipient.path()), unknown);
        }
        writer.attributes(item.attributes());
    }

    private void attributes(ItemAttributes attributes) {
        if (attributes.hold().isPresent()) {
            Hold hold = attributes.hold().get();
            line("held-at: ", hold.at().toString());
            line("held-by: ", escaped(hold.by()));
            line("held-reason: ", escaped(hold.reason()));
        }
        for (UnknownAttribute attribute : attributes.unknown()) {
            attribute(attribute.name(), attribute.value());
        }
    }

    private void arrival(Arrival arrival) {
        line("Arrived: ", arrival.at().toString());
        line("Protocol: ", escaped(arrival.protocol()));
        line("Helo: ", escaped(arrival.helo()));
        if (arrival.remote().isPresent()) {
            line("Remote: ", numeric(arrival.remote().get()));
        }
        if (arrival.tls().isPresent()) {
            line(ItemLines.TLS + ": ", escaped(arrival.tls().get()));
        }
        ClientStory client = arrival.client();
        optional(ItemLines.ROLE, client.role());
        optional(ItemLines.USER, client.user());
        optional(ItemLines.SERVER_NAME, client.serverName());
        optional(ItemLines.CERTIFICATE, client.certificate());
        if (arrival.outcomesTo().isPresent()) {
            line("Outcomes-To: ", escaped(arrival.outcomesTo().get()));
        }
    }

    private void optional(String name, Optional<String> value) {
        if (value.isPresent()) {
            attribute(name, escaped(value.get()));
        }
    }

    /** The address without the name of an interface, which is meaningless on other machines. */
    private static String numeric(InetAddress address) {
        String text = address.getHostAddress();
        int scope = text.indexOf('%');
        return scope < 0 ? text : text.substring(0, scope);
    }

    private void parameters(MailParameters parameters) {
        line("Body: ", parameters.body() == MailParameters.Body.SEVEN_BIT ? "7BIT" : "8BITMIME");
        if (parameters.returned().isPresent()) {
            line("Ret: ", parameters.returned().get() == MailParameters.Returned.FULL ? "FULL" : "HDRS");
        }
        if (parameters.envelopeId().isPresent()) {
            line("Envid: ", Xtext.encode(parameters.envelopeId().get()));
        }
        later(parameters);
    }

    private void later(MailParameters parameters) {
        flag(ItemLines.BINARY, parameters.body() == MailParameters.Body.BINARY);
        flag(ItemLines.UTF8, parameters.isUtf8());
        if (parameters.authorization().isPresent()) {
            ReversePath path = parameters.authorization().get();
            attribute(ItemLines.AUTH, path.isNull() ? ItemLines.NULL_PATH : Xtext.encodeUtf8(path.address()));
        }
        if (parameters.releaseAt().isPresent()) {
            attribute(ItemLines.RELEASE_AT, parameters.releaseAt().get().toString());
        }
        if (parameters.priority() != 0) {
            attribute(ItemLines.PRIORITY, Integer.toString(parameters.priority()));
        }
        if (parameters.deliverBy().isPresent()) {
            DeliverBy by = parameters.deliverBy().get();
            attribute(
                    ItemLines.DELIVER_BY,
                    by.at() + " " + by.mode().letter() + (by.isTraced() ? TRACED : "") + (by.isTold() ? TOLD : ""));
        }
        flag(ItemLines.REQUIRE_TLS, parameters.isTlsRequired());
    }

    private void flag(String name, boolean isSet) {
        if (isSet) {
            attribute(name, ItemLines.YES);
        }
    }

    private void attribute(String name, String value) {
        out.append(name);
        line(": ", value);
    }

    private void progress(Progress progress) {
        line("Attempts: ", Integer.toString(progress.attempts()));
        if (progress.nextAttemptAt().isPresent()) {
            line("Next-Attempt: ", progress.nextAttemptAt().get().toString());
        }
        if (!progress.suspension().equals(Suspension.NONE)) {
            String since =
                    progress.suspension().since().map(begun -> " " + begun).orElse("");
            attribute(ItemLines.SUSPENDED, progress.suspension().past().toSeconds() + since);
        }
        for (Attempt attempt : progress.log()) {
            Instant at = attempt.at();
            out.append("Attempt: ").append(at).append(' ').append(Xtext.encode(attempt.remote()));
            line(" ", escaped(attempt.reply()));
        }
    }

    private void recipient(Recipient recipient, RecipientProgress progress, String unknown) {
        out.append("Recipient: ").append(Xtext.encodeUtf8(recipient.path().address()));
        if (recipient.notification().asked().isPresent()) {
            out.append(" notify=").append(words(recipient.notification()));
        }
        if (recipient.original().isPresent()) {
            out.append(" orcpt=")
                    .append(Xtext.encode(recipient.original().get().type()))
                    .append(';')
                    .append(Xtext.encode(ascii(recipient.original().get())));
        }
        if (progress.warned()) {
            out.append(" warned");
        }
        if (progress.permanent()) {
            out.append(" hopeless");
        }
        out.append(unknown);
        if (progress.last().isPresent()) {
            diagnosis(progress.last().get());
        }
        out.append('\n');
    }

    /** The form that ORCPT has in ASCII. */
    private static String ascii(OriginalRecipient original) {
        return original.isUtf8() ? Utf8Xtext.encode(original.address()) : original.address();
    }

    private static String words(Notify notification) {
        if (notification.isNever()) {
            return "NEVER";
        }
        StringBuilder words = new StringBuilder();
        for (Notify.Condition condition : Notify.Condition.values()) {
            if (notification.wants(condition)) {
                words.append(words.length() == 0 ? "" : ",").append(condition);
            }
        }
        return words.toString();
    }

    private void diagnosis(Diagnosis diagnosis) {
        out.append(" status=").append(diagnosis.status());
        if (diagnosis.remoteMta().isPresent()) {
            out.append(" remote=").append(Xtext.encode(diagnosis.remoteMta().get()));
        }
        // Last on its line, so that it may contain spaces and people can read it.
        out.append(" reply=").append(escaped(diagnosis.reply()));
    }

    private void line(String name, String value) {
        out.append(name).append(value).append('\n');
    }

    private static String escaped(String text) {
        return text.indexOf('\\') < 0 && text.indexOf('\n') < 0
                ? text
                : text.replace("\\", "\\\\").replace("\n", "\\n");
    }
}
