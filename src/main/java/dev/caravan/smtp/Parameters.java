package dev.caravan.smtp;

import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Xtext;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ESMTP parameters after a path (RFC 5321 §4.1.2). They are first split into keywords and values, then read for
 * their command. The reply to a keyword that the command does not have is 555, to a repeated keyword or a malformed
 * value 501 (RFC 3461 §4).
 */
final class Parameters {
    private static final Parameters NONE = new Parameters(Map.of());
    private static final int MAX_SIZE_DIGITS = 20;
    private static final String BAD_VALUE = "5.5.4";
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
    private static final Pattern PRIORITY = Pattern.compile("-?[0-9]");
    private static final Pattern BY = Pattern.compile("([-+]?[0-9]{1,9});([RrNn])([Tt])?");

    private final Map<String, String> values;

    private Parameters(Map<String, String> values) {
        this.values = values;
    }

    /** Splits a text such as {@code " SIZE=1000 BODY=8BITMIME"}. */
    static Parameters parse(String text) throws SmtpSyntaxException {
        if (text.isEmpty()) {
            return NONE;
        }
        Map<String, String> values = new HashMap<>();
        for (String word : text.split(" ", -1)) {
            if (!word.isEmpty()) {
                int equals = word.indexOf('=');
                String keyword = equals < 0 ? word : word.substring(0, equals);
                if (values.put(keyword.toUpperCase(Locale.ROOT), equals < 0 ? "" : word.substring(equals + 1))
                        != null) {
                    throw bad("parameter " + CommandParser.shown(keyword) + " given twice (expected: once)");
                }
            }
        }
        return new Parameters(values);
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    MailParameters mail(Extensions offered) throws SmtpSyntaxException {
        allowOnly(offered.mailParameters());
        if (values.isEmpty()) {
            return MailParameters.NONE;
        }
        return MailParameters.NONE
                .withBody(body(offered))
                .withUtf8(isUtf8())
                .withReturned(returned())
                .withEnvelopeId(envelopeId())
                .withAuthorization(authorization())
                .withPriority(priority());
    }

    /** The parameters about time; others are in {@link #mail}, which has checked that all are offered. */
    MailTimes times() throws SmtpSyntaxException {
        if (values.isEmpty()) {
            return MailTimes.NONE;
        }
        if (values.containsKey("HOLDFOR") && values.containsKey("HOLDUNTIL")) {
            throw bad("HOLDFOR and HOLDUNTIL (expected: one of them)");
        }
        return new MailTimes(holdFor(), holdUntil(), by());
    }

    private Optional<Duration> holdFor() throws SmtpSyntaxException {
        String seconds = values.get("HOLDFOR");
        if (seconds == null) {
            return Optional.empty();
        }
        if (!SECONDS.matcher(seconds).matches() || Integer.parseInt(seconds) == 0) {
            throw bad("malformed HOLDFOR (expected: 1 to 999999999 seconds)");
        }
        return Optional.of(Duration.ofSeconds(Integer.parseInt(seconds)));
    }

    private Optional<Instant> holdUntil() throws SmtpSyntaxException {
        String time = values.get("HOLDUNTIL");
        if (time == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    OffsetDateTime.parse(time.toUpperCase(Locale.ROOT)).toInstant());
        } catch (DateTimeException e) {
            throw bad("malformed HOLDUNTIL (expected: a time with its zone, such as 2026-12-24T18:00:00Z)");
        }
    }

    private Optional<MailTimes.By> by() throws SmtpSyntaxException {
        String value = values.get("BY");
        if (value == null) {
            return Optional.empty();
        }
        Matcher matcher = BY.matcher(value);
        if (!matcher.matches()) {
            throw bad("malformed BY (expected: up to 9 digits, a semicolon, R or N, and perhaps T)");
        }
        DeliverBy.Mode mode = matcher.group(2).equalsIgnoreCase("R") ? DeliverBy.Mode.RETURN : DeliverBy.Mode.NOTIFY;
        return Optional.of(new MailTimes.By(Long.parseLong(matcher.group(1)), mode, matcher.group(3) != null));
    }

    private int priority() throws SmtpSyntaxException {
        String value = values.getOrDefault("MT-PRIORITY", "0");
        if (!PRIORITY.matcher(value).matches()) {
            throw bad("malformed MT-PRIORITY (expected: -9 to 9)");
        }
        return Integer.parseInt(value);
    }

    /** The submitter; {@code <>} if it is not known. */
    private Optional<ReversePath> authorization() throws SmtpSyntaxException {
        String xtext = values.get("AUTH");
        if (xtext == null) {
            return Optional.empty();
        }
        try {
            String path = Xtext.decode(xtext);
            return Optional.of(path.equals("<>") ? ReversePath.NULL : ReversePath.of(Mailbox.parse(path)));
        } catch (IllegalArgumentException e) {
            throw bad("malformed AUTH (expected: an address in xtext, or <>)");
        }
    }

    Recipient recipient(ForwardPath path, Extensions offered) throws SmtpSyntaxException {
        allowOnly(offered.rcptParameters());
        return values.isEmpty() ? Recipient.of(path) : new Recipient(path, notification(), originalRecipient());
    }

    OptionalLong declaredSize() throws SmtpSyntaxException {
        String size = values.get("SIZE");
        if (size == null) {
            return OptionalLong.empty();
        }
        if (size.isEmpty() || size.length() > MAX_SIZE_DIGITS || !size.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw bad("malformed SIZE (expected: SIZE= and 1 to 20 digits)");
        }
        try {
            return OptionalLong.of(Long.parseLong(size));
        } catch (NumberFormatException e) {
            // Twenty digits are legal (RFC 1870 §6), and more than any limit of this server.
            return OptionalLong.of(Long.MAX_VALUE);
        }
    }

    private void allowOnly(List<String> keywords) throws SmtpSyntaxException {
        for (String keyword : values.keySet()) {
            if (!keywords.contains(keyword)) {
                throw CommandParser.refusal(
                        555,
                        BAD_VALUE,
                        "unknown parameter " + CommandParser.shown(keyword) + " (expected: "
                                + (keywords.isEmpty() ? "none" : String.join(", ", keywords)) + ")");
            }
        }
    }

    /** Whether SMTPUTF8 is given (RFC 6531 §3.4). */
    boolean isUtf8() throws SmtpSyntaxException {
        String value = values.get("SMTPUTF8");
        if (value != null && !value.isEmpty()) {
            throw bad("SMTPUTF8 takes no value (expected: SMTPUTF8 alone)");
        }
        return value != null;
    }

    private Body body(Extensions offered) throws SmtpSyntaxException {
        String body = upper("BODY", "7BIT");
        boolean isBinaryOffered = offered.has(EsmtpExtension.BINARYMIME);
        if (body.equals("BINARYMIME") && isBinaryOffered) {
            return Body.BINARY;
        }
        return switch (body) {
            case "7BIT" -> Body.SEVEN_BIT;
            case "8BITMIME" -> Body.EIGHT_BIT_MIME;
            default ->
                throw bad("unknown BODY (expected: 7BIT"
                        + (isBinaryOffered ? ", 8BITMIME or BINARYMIME)" : " or 8BITMIME)"));
        };
    }

    private Optional<Returned> returned() throws SmtpSyntaxException {
        if (!values.containsKey("RET")) {
            return Optional.empty();
        }
        return switch (upper("RET", "")) {
            case "FULL" -> Optional.of(Returned.FULL);
            case "HDRS" -> Optional.of(Returned.HEADERS);
            default -> throw bad("unknown RET (expected: FULL or HDRS)");
        };
    }

    private Optional<String> envelopeId() throws SmtpSyntaxException {
        String xtext = values.get("ENVID");
        if (xtext == null) {
            return Optional.empty();
        }
        try {
            Optional<String> id = Optional.of(Xtext.decode(xtext));
            // {@code MailParameters} checks the id; it is made here so that the refusal names ENVID.
            return MailParameters.NONE.withEnvelopeId(id).envelopeId();
        } catch (IllegalArgumentException e) {
            throw bad("malformed ENVID (expected: 1 to 100 printable characters in xtext)");
        }
    }

    private Notify notification() throws SmtpSyntaxException {
        if (!values.containsKey("NOTIFY")) {
            return Notify.DEFAULT;
        }
        String value = upper("NOTIFY", "");
        if (value.equals("NEVER")) {
            return Notify.NEVER;
        }
        List<Notify.Condition> asked = new ArrayList<>();
        for (String word : value.split(",", -1)) {
            switch (word) {
                case "SUCCESS" -> asked.add(Notify.Condition.SUCCESS);
                case "FAILURE" -> asked.add(Notify.Condition.FAILURE);
                case "DELAY" -> asked.add(Notify.Condition.DELAY);
                default -> throw bad("unknown NOTIFY (expected: NEVER, or some of SUCCESS,FAILURE,DELAY)");
            }
        }
        return new Notify(Optional.of(EnumSet.copyOf(asked)));
    }

    private Optional<OriginalRecipient> originalRecipient() throws SmtpSyntaxException {
        String value = values.get("ORCPT");
        if (value == null) {
            return Optional.empty();
        }
        int semicolon = value.indexOf(';');
        String type = value.substring(0, Math.max(semicolon, 0));
        String address = value.substring(semicolon + 1);
        boolean isUtf8 = type.equalsIgnoreCase(OriginalRecipient.UTF_8);
        try {
            return Optional.of(new OriginalRecipient(type, isUtf8 ? Utf8Xtext.decode(address) : Xtext.decode(address)));
        } catch (IllegalArgumentException e) {
            throw bad(
                    isUtf8
                            ? "malformed ORCPT (expected: utf-8;address with \\x{HEX} for other characters)"
                            : "malformed ORCPT (expected: rfc822;address with the address in xtext)");
        }
    }

    private String upper(String keyword, String absent) {
        return values.getOrDefault(keyword, absent).toUpperCase(Locale.ROOT);
    }

    private static SmtpSyntaxException bad(String text) {
        return CommandParser.refusal(501, BAD_VALUE, text);
    }
}
