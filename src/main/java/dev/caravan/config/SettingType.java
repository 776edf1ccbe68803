package dev.caravan.config;

import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads the text of a setting. A server and {@code caravan check} use the same code, so they accept the same texts.
 *
 * @param expected what a text looks like, with unit and range, for an operator.
 * @param mayBeEmpty whether a blank text has a value.
 * @param reader gives the value of a text without white space around it, or nothing if the text does not fit; an
 *     IllegalArgumentException says why it does not fit and what was expected.
 */
public record SettingType<T>(String expected, boolean mayBeEmpty, Function<String, Optional<T>> reader) {
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final int DNS_PORT = 53;
    private static final int MAX_PORT = 65_535;

    /** A type without a value for a blank text. */
    public SettingType(String expected, Function<String, Optional<T>> reader) {
        this(expected, false, reader);
    }

    /** The value; empty if the text does not fit. */
    public Optional<T> read(String text) {
        try {
            return reader.apply(text.strip());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Why a text does not fit.
     *
     * @return empty if it fits; an empty text if {@link #expected} is the whole reason; else a
     *     reason that includes what was expected.
     */
    Optional<String> objection(String text) {
        try {
            return reader.apply(text.strip()).isPresent() ? Optional.empty() : Optional.of("");
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** The same, or nothing: no value for a blank text. */
    public SettingType<Optional<T>> optional() {
        return new SettingType<>(expected, true, text -> {
            Optional<T> value = text.isEmpty() ? Optional.empty() : reader.apply(text);
            return text.isEmpty() || value.isPresent() ? Optional.of(value) : Optional.empty();
        });
    }

    /** A whole number in a range, both ends included. */
    public static SettingType<Integer> count(int least, int most) {
        return new SettingType<>(
                "a whole number from " + least + " to " + most,
                text -> Quantity.whole(text)
                        .filter(number -> number >= least && number <= most)
                        .map(Long::intValue));
    }

    /** A size in octets in a range, both ends included, such as {@code 50MiB}, {@code 256KiB} or {@code 1000}. */
    public static SettingType<Long> octets(long least, long most) {
        return new SettingType<>(
                "a size from " + Quantity.octetText(least) + " to " + Quantity.octetText(most),
                text -> Quantity.octets(text).filter(octets -> octets >= least && octets <= most));
    }

    /** A size in octets as {@link #octets}, of something that is kept in memory. */
    public static SettingType<Integer> octetsInMemory(int least, int most) {
        SettingType<Long> octets = octets(least, most);
        return new SettingType<>(
                octets.expected(), text -> octets.reader().apply(text).map(Long::intValue));
    }

    /** A duration from 1 ms to ten years. */
    public static SettingType<Duration> duration() {
        return new SettingType<>(
                "a duration from 1ms to " + LONGEST.toDays() + "d such as 30s, 15m, 4h or 7d",
                text -> Quantity.duration(text)
                        .filter(duration -> !duration.isZero() && duration.compareTo(LONGEST) <= 0));
    }

    public static SettingType<Boolean> flag() {
        return new SettingType<>("true or false", text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    /** One of the constants of an enumeration, in lower case with hyphens. */
    public static <E extends Enum<E>> SettingType<E> oneOf(Class<E> type) {
        List<E> constants = List.of(type.getEnumConstants());
        List<String> words = constants.stream().map(SettingType::word).toList();
        String last = words.get(words.size() - 1);
        String expected = words.stream().limit(words.size() - 1L).collect(Collectors.joining(", ")) + " or " + last;
        return new SettingType<>(
                expected,
                text -> constants.stream()
                        .filter(constant -> word(constant).equals(text))
                        .findFirst());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static SettingType<Domain> domain() {
        return new SettingType<>("a domain name", text -> Optional.of(new Domain(text).ascii()));
    }

    /** At least one domain, in the order of the text, each once. */
    public static SettingType<List<Domain>> domains() {
        return new SettingType<>(
                "domain names, separated by commas",
                text -> Optional.of(words(text).stream()
                                .map(word -> new Domain(word).ascii())
                                .distinct()
                                .toList())
                        .filter(domains -> !domains.isEmpty()));
    }

    public static SettingType<Networks> networks() {
        return new SettingType<>(
                "networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas",
                text -> Optional.of(Networks.parse(text)));
    }

    /** Where a server listens. */
    public static SettingType<ListenAddress> listenAddress() {
        return new SettingType<>("host:port, or [IPv6 address]:port; port 0 for any", ListenAddress::parse);
    }

    /** One or more addresses at which a server listens. */
    public static SettingType<List<ListenAddress>> listenAddresses() {
        SettingType<ListenAddress> address = listenAddress();
        return new SettingType<>(address.expected() + "; several separated by commas", text -> {
            List<Optional<ListenAddress>> all =
                    Arrays.stream(text.split(",", -1)).map(ListenAddress::parse).toList();
            return all.stream().anyMatch(Optional::isEmpty)
                    ? Optional.empty()
                    : Optional.of(all.stream().map(Optional::orElseThrow).toList());
        });
    }

    /** A host elsewhere, by name or address. */
    public static SettingType<HostAndPort> host(int defaultPort) {
        return new SettingType<>(
                "host:port, or [IPv6 address]:port", text -> Optional.of(HostAndPort.parse(text, defaultPort)));
    }

    /** Hosts elsewhere, in the order of the text. */
    public static SettingType<List<HostAndPort>> hosts(int defaultPort) {
        return new SettingType<>(
                "host:port, or [IPv6 address]:port; several separated by commas",
                text -> Optional.of(HostAndPort.parseAll(text, defaultPort)));
    }

    /** A TCP port, 1 to 65535. */
    public static SettingType<Integer> port() {
        return count(1, MAX_PORT);
    }

    /** Addresses of name servers, port 53 unless given; may be empty. */
    public static SettingType<List<InetSocketAddress>> nameServers() {
        return new SettingType<>("addresses such as 192.0.2.53 or 127.0.0.1:5353, separated by commas", true, text -> {
            List<HostAndPort> servers = words(text).stream()
                    .map(server -> HostAndPort.parse(server, DNS_PORT))
                    .toList();
            return servers.stream().allMatch(server -> server.address().isPresent())
                    ? Optional.of(servers.stream()
                            .map(server ->
                                    new InetSocketAddress(server.address().orElseThrow(), server.port()))
                            .toList())
                    : Optional.empty();
        });
    }

    /** The name of a file; relative names are resolved by the part that uses it. */
    public static SettingType<String> file() {
        return new SettingType<>(
                "a file name",
                text -> text.isEmpty() || text.indexOf('\0') >= 0 ? Optional.empty() : Optional.of(text));
    }

    /** The name of a folder; relative names are resolved by the part that uses it. */
    public static SettingType<String> folder() {
        return new SettingType<>("a folder name", file().reader());
    }

    /**
     * Any text without control characters; may be empty. It may have 8-bit characters, which {@code smtp.Reply} refuses:
     * a text that clients see in replies is {@link #matching} with {@code [ -~]}, so that the mistake is found at the start.
     */
    public static SettingType<String> text(String expected) {
        return new SettingType<>(
                expected, true, text -> text.chars().allMatch(c -> c >= ' ') ? Optional.of(text) : Optional.empty());
    }

    /** A text that a regular expression describes. */
    public static SettingType<String> matching(String expected, String regex) {
        return new SettingType<>(expected, text -> text.matches(regex) ? Optional.of(text) : Optional.empty());
    }

    /** The words of a text that are separated by commas or white space. */
    public static List<String> words(String text) {
        return Arrays.stream(text.split("[,\\s]+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
