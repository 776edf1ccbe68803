package dev.caravan.session;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A mail transaction between MAIL and the reply to its content (RFC 5321 §3.3). */
final class Transaction {
    private final ReversePath reversePath;
    private final MailParameters parameters;
    private final Map<ForwardPath, Recipient> recipients = new LinkedHashMap<>();
    private Disposition disposition;
    private boolean isContentBegun;

    Transaction(PolicyRequest.SenderQuestion accepted, Disposition disposition) {
        this.reversePath = accepted.reversePath();
        this.parameters = accepted.parameters();
        this.disposition = disposition;
    }

    ReversePath reversePath() {
        return reversePath;
    }

    int recipientCount() {
        return recipients.size();
    }

    boolean has(ForwardPath path) {
        return recipients.containsKey(path);
    }

    void add(Recipient recipient, Disposition answer) {
        recipients.put(recipient.path(), recipient);
        disposition = disposition.or(answer);
    }

    /** The first chunk of the content comes. */
    void beginContent() {
        isContentBegun = true;
    }

    /** Whether a chunk of the content came, and others may follow. */
    boolean isContentBegun() {
        return isContentBegun;
    }

    /** Whether addresses and header may be in UTF-8 (RFC 6531 §3.4). */
    boolean isUtf8() {
        return parameters.isUtf8();
    }

    /** Whether the content may have any octets (RFC 3030 §3). */
    boolean isBinary() {
        return parameters.body() == MailParameters.Body.BINARY;
    }

    Disposition disposition() {
        return disposition;
    }

    Envelope envelope() {
        return new Envelope(reversePath, List.copyOf(recipients.values()), parameters);
    }
}
