package dev.caravan.steps;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderField;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.Printable;
import dev.caravan.queue.ContentEdit;
import dev.caravan.queue.Spool;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.camel.Exchange;

/**
 * Header fields of the message. They are read as plain text when they are asked for, and never become headers of Camel.
 */
public final class HeaderFields implements BlockingStep {
    private static final int MAX_VALUE = 998;

    private final Spool spool;
    private final ContentEdit edit;

    public HeaderFields(Spool spool) {
        this.spool = spool;
        this.edit = new ContentEdit(spool);
    }

    /** Whether a field of that name contains the text; case does not matter. */
    public boolean contains(
            @Argument(ArgumentForm.FIELD_NAME) String name, @Argument(ArgumentForm.TEXT) String text, Exchange exchange)
            throws IOException {
        String wanted = text.toLowerCase(Locale.ROOT);
        return all(name, exchange).stream()
                .anyMatch(body -> body.toLowerCase(Locale.ROOT).contains(wanted));
    }

    /** Whether a field of that name equals the text; case does not matter. */
    public boolean is(
            @Argument(ArgumentForm.FIELD_NAME) String name, @Argument(ArgumentForm.TEXT) String text, Exchange exchange)
            throws IOException {
        return all(name, exchange).stream().anyMatch(text::equalsIgnoreCase);
    }

    /** Whether there is a field of that name. */
    public boolean exists(@Argument(ArgumentForm.FIELD_NAME) String name, Exchange exchange) throws IOException {
        return !all(name, exchange).isEmpty();
    }

    /** The first field of that name as one line of printable ASCII, at most 998 characters; empty if there is none. */
    public String value(@Argument(ArgumentForm.FIELD_NAME) String name, Exchange exchange) throws IOException {
        return all(name, exchange).stream()
                .findFirst()
                .map(body -> Printable.line(body, MAX_VALUE))
                .orElse("");
    }

    /** Puts a field at the top of the message, and removes all others of its name. */
    public void put(
            @Argument(ArgumentForm.FIELD_NAME) String name,
            @Argument(ArgumentForm.FIELD_TEXT) String text,
            Exchange exchange)
            throws IOException {
        Content content = MailExchange.of(exchange).message().content();
        MailExchange.of(exchange).replaceContent(edit.with(content, new HeaderField(name, text)), spool);
    }

    /** Removes all fields of that name. */
    public void remove(@Argument(ArgumentForm.FIELD_NAME) String name, Exchange exchange) throws IOException {
        Content content = MailExchange.of(exchange).message().content();
        Content rest = edit.without(content, HeaderField.requireName(name));
        if (rest != content) {
            MailExchange.of(exchange).replaceContent(rest, spool);
        }
    }

    private static List<String> all(String name, Exchange exchange) throws IOException {
        return HeaderSection.of(MailExchange.of(exchange).message().content()).all(HeaderField.requireName(name));
    }
}
