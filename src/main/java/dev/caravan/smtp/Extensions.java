package dev.caravan.smtp;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a server offers a client: the lines of its reply to EHLO, and the parameters that MAIL and RCPT may have. Both
 * come from the same list, so that everything that is announced works (RFC 5321 §4.1.1.1). Immutable.
 */
public final class Extensions {
    private final Set<EsmtpExtension> offered;
    private final List<String> lines;
    private final List<String> mailParameters;
    private final List<String> rcptParameters;
    private final Limits limits;

    /**
     * What is announced with the keywords.
     *
     * @param maxContent the largest content that is accepted, in octets (RFC 1870 §4); at least 1.
     * @param maxRecipients of one message (RFC 9422 §4.2); at least 1.
     * @param longestHold for how long a message may be held back (RFC 4865 §3).
     */
    public record Limits(long maxContent, int maxRecipients, Duration longestHold) {
        /** @throws IllegalArgumentException if one is out of range. */
        public Limits {
            if (maxContent < 1 || maxRecipients < 1 || longestHold.isNegative()) {
                throw new IllegalArgumentException(
                        "content size " + maxContent + " or recipients " + maxRecipients + " (expected: >= 1)");
            }
        }

        private String of(EsmtpExtension extension) {
            return switch (extension) {
                case SIZE -> " " + maxContent;
                case LIMITS -> " RCPTMAX=" + maxRecipients;
                case MT_PRIORITY -> " MIXER";
                case DELIVERBY -> " " + SHORTEST_TO_RETURN.toSeconds();
                default -> "";
            };
        }
    }

    /** A message that is to be returned if it is not delivered in time must have this long (RFC 2852 §3). */
    public static final Duration SHORTEST_TO_RETURN = Duration.ofSeconds(10);

    private static final Limits USUAL = new Limits(Long.MAX_VALUE, 1000, Duration.ofDays(7));

    /**
     * Offers some extensions, with the usual limits but for one.
     *
     * @param offered in the order in which they are announced.
     * @param maxContent the largest content that is accepted, in octets (RFC 1870 §4); at least 1.
     * @throws IllegalArgumentException if the size is out of range.
     */
    public Extensions(List<EsmtpExtension> offered, long maxContent) {
        this(offered, new Limits(maxContent, USUAL.maxRecipients(), USUAL.longestHold()));
    }

    /**
     * Offers some extensions.
     *
     * @param offered in the order in which they are announced.
     */
    public Extensions(List<EsmtpExtension> offered, Limits limits) {
        List<String> announced = new ArrayList<>();
        List<String> ofMail = new ArrayList<>();
        List<String> ofRcpt = new ArrayList<>();
        for (EsmtpExtension extension : offered) {
            if (extension != EsmtpExtension.AUTH && extension != EsmtpExtension.FUTURERELEASE) {
                announced.add(extension.keyword() + limits.of(extension));
            }
            ofMail.addAll(extension.mailParameters());
            ofRcpt.addAll(extension.rcptParameters());
        }
        this.limits = limits;
        this.offered = Set.copyOf(offered);
        this.lines = List.copyOf(announced);
        this.mailParameters = List.copyOf(ofMail);
        this.rcptParameters = List.copyOf(ofRcpt);
    }

    /** Offers all extensions that Caravan implements. */
    public static Extensions all(long maxContent) {
        return new Extensions(List.of(EsmtpExtension.values()), maxContent);
    }

    /** The same with a further line in the reply to EHLO, for a command that is none of the extensions. */
    public Extensions announcing(String line) {
        return new Extensions(this, line);
    }

    private Extensions(Extensions some, String line) {
        this.limits = some.limits;
        this.offered = some.offered;
        this.lines = Stream.concat(some.lines.stream(), Stream.of(line)).toList();
        this.mailParameters = some.mailParameters;
        this.rcptParameters = some.rcptParameters;
    }

    /** The lines after the first of a reply to EHLO; without AUTH, whose mechanisms the session knows. */
    public List<String> lines(Instant now) {
        if (!has(EsmtpExtension.FUTURERELEASE)) {
            return lines;
        }
        Instant latest = now.plus(limits.longestHold()).truncatedTo(ChronoUnit.SECONDS);
        List<String> all = new ArrayList<>(lines);
        all.add(EsmtpExtension.FUTURERELEASE.keyword() + " "
                + limits.longestHold().toSeconds() + " " + latest);
        return all;
    }

    /** What is announced with the keywords. */
    public Limits limits() {
        return limits;
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
