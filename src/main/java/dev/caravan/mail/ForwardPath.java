package dev.caravan.mail;

/**
 * The address of a recipient. Source routes are dropped when the path is read (RFC 5321 §4.1.1.3, §4.1.2).
 *
 * @param mailbox the recipient's mailbox.
 */
public record ForwardPath(Mailbox mailbox) {
    public static ForwardPath of(String address) {
        return new ForwardPath(Mailbox.parse(address));
    }

    public Domain domain() {
        return mailbox.domain();
    }

    /** The address without angle brackets. */
    public String address() {
        return mailbox.toString();
    }

    @Override
    public String toString() {
        return "<" + mailbox + ">";
    }
}
