package dev.caravan.routetext;

import dev.caravan.config.Quantity;
import dev.caravan.login.SmartHost;
import dev.caravan.mail.Domain;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderField;
import dev.caravan.net.HostAndPort;
import dev.caravan.policy.Destinations;
import dev.caravan.policy.Throttle;
import dev.caravan.queue.NextHop;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The forms of arguments in the text of a route. */
public enum ArgumentForm {
    /** Sent with 550 (RFC 3463 §2: both codes have the same class). */
    REFUSAL_STATUS(
            "an enhanced status code that begins with 5, such as 5.7.1",
            text -> EnhancedStatus.of(text).kind() == 5),
    /** Sent with 451. */
    DEFERRAL_STATUS(
            "an enhanced status code that begins with 4, such as 4.7.1",
            text -> EnhancedStatus.of(text).kind() == 4),
    /** A line of a reply has at most 512 octets (RFC 5321 §4.5.3.1.5), with both codes and the line end. */
    REPLY_TEXT("at most 450 printable ASCII characters", true, text -> isPrintable(text, 450)),
    /** A reason, shown in the log, in an event and in a property of the queue item. */
    REASON(
            "at most 400 characters on one line",
            true,
            text -> text.length() <= 400 && text.chars().noneMatch(Character::isISOControl)),
    COUNT(
            "a whole number from 1 to 1000000",
            text -> new Throttle.Rate(Integer.parseInt(text), Duration.ofMinutes(1)).count() > 0),
    PERIOD(
            "a number and a unit, such as 10s, 1m or 1h, at most 1d",
            text -> Quantity.duration(text)
                    .map(period -> new Throttle.Rate(1, period))
                    .isPresent()),
    /** A header by whose values a step counts separately; it must be available in the route of the step. */
    COUNTED_HEADER(
            "one of " + String.join(", ", StageHeaders.COUNTED.stream().sorted().toList()),
            StageHeaders.COUNTED::contains),
    FIELD_NAME(
            "the name of a header field: 1 to 64 printable ASCII characters, no colon, no blank",
            text -> !HeaderField.requireName(text).isEmpty()),
    /** The body of a header field that the step writes. */
    FIELD_TEXT("at most 900 printable ASCII characters", true, text -> isPrintable(text, 900)),
    /** A text to search for. */
    TEXT("a text", true, text -> true),
    TIME("hours and minutes, such as 08:30", text -> LocalTime.parse(text).getHour() >= 0),
    ZONE(
            "a time zone, such as Europe/Berlin or UTC",
            text -> !ZoneId.of(text).getId().isEmpty()),
    DAYS(
            "mon, tue, wed, thu, fri, sat, sun, separated by commas",
            text -> !DayNames.parse(text).isEmpty()),
    TIME_PATTERN(
            "a pattern such as yyyy-MM-dd or HH:mm",
            text -> !DateTimeFormatter.ofPattern(text, Locale.ROOT)
                    .format(Instant.EPOCH.atZone(ZoneOffset.UTC))
                    .isEmpty()),
    FILE("the name of a file, relative to the home", text -> !text.isBlank()),
    COUNTRIES(
            "codes of two letters, separated by commas",
            text -> text.strip().matches("[A-Za-z]{2}(?:[,\\s]+[A-Za-z]{2})*[,\\s]*")),
    DOMAIN("a domain, such as a.example", text -> !new Domain(text).key().isEmpty()),
    /** Of an HTTP service. */
    WEB_ADDRESS(
            "an address such as http://127.0.0.1:11333/checkv2",
            text -> text.strip().matches("(?i)https?://[^\\s/?#]+([/?#]\\S*)?")
                    && URI.create(text.strip()).getHost() != null),
    MAILBOX(
            "an address, such as archive@archive.internal",
            text -> !ForwardPath.of(text).address().isEmpty()),
    /** See {@link Destinations#with}. */
    RECIPIENTS(
            "a domain, an address, or * for every domain that is not local",
            text -> !Destinations.NONE.with(text, "any").choices().isEmpty()),
    /** The suffix of a queue {@code mail.deliver.NAME} that a route must consume. */
    TRANSPORT(
            "1 to 64 lower-case letters, digits and hyphens",
            text -> !new NextHop(text, "").transport().isEmpty()),
    HOST("host or host:port", text -> HostAndPort.parse(text, 1).port() > 0),
    HOSTS(
            "1 to " + HostAndPort.MAX_LIST + " of host or host:port, separated by commas",
            text -> !HostAndPort.parseAll(text, 1).isEmpty()),
    /** A smart host of the operator's table; the table itself may change at any time. */
    SMART_HOST("the name of a smart host: 1 to 64 lower-case letters, digits and hyphens", SmartHost::isName),
    TLS_LEVEL(
            "none, may, encrypt or verify",
            text -> Set.of("none", "may", "encrypt", "verify").contains(text)),
    /** The endpoint of the route that gets the messages. */
    ROUTE("the beginning of a route, such as direct:submit", text -> text.startsWith("direct:")),
    /** The name of a message in another system. */
    NAME("a name that is the same when the message comes again", true, text -> !text.isBlank());

    private final String expected;
    private final boolean isFree;
    private final Predicate<String> form;

    ArgumentForm(String expected, Predicate<String> form) {
        this(expected, false, form);
    }

    ArgumentForm(String expected, boolean isFree, Predicate<String> form) {
        this.expected = expected;
        this.isFree = isFree;
        this.form = form;
    }

    /**
     * The expected form, if a value is not valid; empty if it is valid.
     *
     * @param text the value without its quotes; parts that Camel computes for each message are in it as {@code ${...}}.
     */
    Optional<String> objection(String text) {
        if (SimpleText.isDynamic(text)) {
            // The fixed parts of a free text can be checked without the computed ones.
            return isFree ? objectionTo(SimpleText.replaceAll(text, "x")) : Optional.empty();
        }
        return objectionTo(text);
    }

    private Optional<String> objectionTo(String text) {
        try {
            return form.test(text) ? Optional.empty() : Optional.of(expected);
        } catch (IllegalArgumentException | DateTimeException e) {
            // Includes NumberFormatException.
            return Optional.of(expected);
        }
    }

    private static boolean isPrintable(String text, int most) {
        return text.length() <= most && text.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '\t');
    }
}
