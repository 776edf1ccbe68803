package dev.caravan.policy;

import dev.caravan.mail.HeaderField;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Xtext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses of this server that have forwarded a message to other servers, from fields of its header. They show
 * whether a message has come back. Each copy names only the addresses by which its own recipients were reached, so that
 * no recipient learns of another.
 *
 * <p>Received fields cannot show this: they name no recipient if there are several. A Delivered-To field cannot either:
 * mailboxes write it too, and a message that is read from a mailbox is not a loop.
 *
 * @param visits from the top of the header, the latest first.
 * @param resent how many Resent fields the header has, which a person adds who resends a message (RFC 5322 §3.6.6).
 */
public record ForwardTrace(List<Visit> visits, int resent) {
    /** The name of the field. */
    public static final String FIELD = "X-Caravan-Forwarded";

    /** The trace of a message that no address has forwarded. */
    public static final ForwardTrace NONE = new ForwardTrace(List.of(), 0);

    /**
     * How often a message may visit an address, each time sent by another person. This also stops servers that change
     * the sender, or add Resent fields, at each hop.
     */
    static final int MAX_VISITS = 3;

    private static final int MAX_FIELDS = 100;
    private static final List<String> RESENT =
            List.of("Resent-From", "Resent-Date", "Resent-Message-ID", "Resent-To", "Resent-Sender");
    private static final Pattern FORM = Pattern.compile("(\\S+) from=<(\\S*)> resent=([0-9]{1,6})( stored)?");

    /**
     * One address that forwarded the message.
     *
     * @param address in lower case.
     * @param sender the reverse-path of the forwarded message, without brackets; empty for the null reverse-path.
     * @param resent how many Resent fields the message had then.
     * @param isStored whether a mailbox of this server got the message by the same address.
     */
    public record Visit(String address, String sender, int resent, boolean isStored) {
        /** The field for the top of the header. */
        public HeaderField field() {
            return new HeaderField(
                    FIELD,
                    Xtext.encodeUtf8(address) + " from=<" + Xtext.encodeUtf8(sender) + "> resent=" + resent
                            + (isStored ? " stored" : ""));
        }

        private static Optional<Visit> of(String body) {
            Matcher matcher = FORM.matcher(body);
            try {
                return matcher.matches()
                        ? Optional.of(new Visit(
                                Xtext.decodeUtf8(matcher.group(1)),
                                Xtext.decodeUtf8(matcher.group(2)),
                                Integer.parseInt(matcher.group(3)),
                                matcher.group(4) != null))
                        : Optional.empty();
            } catch (IllegalArgumentException e) {
                // This server did not write it.
                return Optional.empty();
            }
        }
    }

    public ForwardTrace {
        visits = List.copyOf(visits);
    }

    /** Reads the fields of a header; malformed ones are ignored. */
    public static ForwardTrace of(HeaderSection header) {
        List<Visit> visits = new ArrayList<>();
        header.all(FIELD).stream()
                .limit(MAX_FIELDS)
                .forEach(body -> Visit.of(body).ifPresent(visits::add));
        int resent = RESENT.stream().mapToInt(header::count).sum();
        return new ForwardTrace(visits, resent);
    }

    /**
     * Whether the message has come back to an address that forwarded it. A message that a person sends again is not a
     * loop: it has another sender, or more Resent fields than before.
     *
     * @param sender the sender that the message has now.
     */
    public boolean isLoop(String address, ReversePath sender) {
        List<Visit> before =
                visits.stream().filter(visit -> visit.address().equals(address)).toList();
        return before.size() >= MAX_VISITS
                || before.stream().anyMatch(visit -> visit.resent() >= resent && isSame(visit.sender(), sender));
    }

    /** Whether a mailbox of this server got the message when it was at the address. */
    public boolean isStored(String address) {
        return visits.stream()
                .anyMatch(visit -> visit.isStored() && visit.address().equals(address));
    }

    /**
     * Whether no person has sent the message since then: servers remove the sender, or write it into an address of
     * their own.
     */
    private static boolean isSame(String before, ReversePath now) {
        if (now.isNull() || before.equalsIgnoreCase(now.address())) {
            return true;
        }
        String after = now.address().toLowerCase(Locale.ROOT);
        String earlier = before.toLowerCase(Locale.ROOT);
        return holds(after, earlier) || holds(earlier, after);
    }

    /**
     * Whether an address contains another in its local part, as SRS0=hash=day=domain=user@forwarder or
     * prvs=tag=user@domain.
     */
    private static boolean holds(String outer, String inner) {
        int at = inner.lastIndexOf('@');
        int end = outer.lastIndexOf('@');
        if (at < 1 || end < 1) {
            return false;
        }
        String user = inner.substring(0, at);
        String domain = inner.substring(at + 1);
        String local = outer.substring(0, end);
        return (local.endsWith("=" + user) && outer.substring(end + 1).equals(domain))
                || local.endsWith("=" + domain + "=" + user)
                || local.endsWith("=" + user + "=" + domain)
                || local.endsWith("+" + user + "=" + domain)
                || local.endsWith("-" + user + "=" + domain);
    }
}
