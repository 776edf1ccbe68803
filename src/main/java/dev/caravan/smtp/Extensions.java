package dev.caravan.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a server offers a client: the lines of its reply to EHLO, and the parameters that MAIL and RCPT may have. Both
 * come from the same list, so that everything that is announced works (RFC 5321 §4.1.1.1). Immutable.
 */
public final class Extensions {
    private final List<EsmtpExtension> order;
    private final long maxContent;
    private final Set<EsmtpExtension> offered;
    private final List<String> lines;
    private final List<String> mailParameters;
    private final List<String> rcptParameters;

    /**
     * Offers some extensions.
     *
     * @param offered in the order in which they are announced.
     * @param maxContent the largest content that is accepted, in octets (RFC 1870 §4); at least 1.
     * @throws IllegalArgumentException if the size is out of range.
     */
    public Extensions(List<EsmtpExtension> offered, long maxContent) {
        if (maxContent < 1) {
            throw new IllegalArgumentException("content size " + maxContent + " (expected: >= 1)");
        }
        List<String> announced = new ArrayList<>();
        List<String> ofMail = new ArrayList<>();
        List<String> ofRcpt = new ArrayList<>();
        for (EsmtpExtension extension : offered) {
            announced.add(
                    extension == EsmtpExtension.SIZE ? extension.keyword() + " " + maxContent : extension.keyword());
            ofMail.addAll(extension.mailParameters());
            ofRcpt.addAll(extension.rcptParameters());
        }
        this.order = List.copyOf(offered);
        this.maxContent = maxContent;
        this.offered = Set.copyOf(offered);
        this.lines = List.copyOf(announced);
        this.mailParameters = List.copyOf(ofMail);
        this.rcptParameters = List.copyOf(ofRcpt);
    }

    /** Offers all extensions that Caravan implements. */
    public static Extensions all(long maxContent) {
        return new Extensions(List.of(EsmtpExtension.values()), maxContent);
    }

    /** The same without one of them. */
    public Extensions without(EsmtpExtension extension) {
        return new Extensions(order.stream().filter(other -> other != extension).toList(), maxContent);
    }

    /** The same with a further line in the reply to EHLO, for a command that is none of the extensions. */
    public Extensions announcing(String line) {
        return new Extensions(this, line);
    }

    private Extensions(Extensions some, String line) {
        this.order = some.order;
        this.maxContent = some.maxContent;
        this.offered = some.offered;
        this.lines = Stream.concat(some.lines.stream(), Stream.of(line)).toList();
        this.mailParameters = some.mailParameters;
        this.rcptParameters = some.rcptParameters;
    }

    /** The lines after the first of a reply to EHLO. */
    public List<String> lines() {
        return lines;
    }

    /** Whether an extension is offered. */
    public boolean has(EsmtpExtension extension) {
        return offered.contains(extension);
    }

    /** The keywords of the parameters that MAIL may have. */
    List<String> mailParameters() {
        return mailParameters;
    }

    /** The keywords of the parameters that RCPT may have. */
    List<String> rcptParameters() {
        return rcptParameters;
    }
}
