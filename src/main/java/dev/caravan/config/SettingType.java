package dev.caravan.config;

import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenAddress;
import dev.caravan.net.Networks;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.queue.QueueNames;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.activemq.ActiveMQConnectionFactory;

/**
 * What the text of a setting must look like, and the value it stands for. What a server reads and what a check of the
 * configuration accepts are thereby the same.
 *
 * @param expected for an operator whose text does not fit; also the column "value" of {@code docs/settings.md}.
 * @param reader gives the value, or nothing if the text does not fit; an IllegalArgumentException says the same, with a
 *     reason.
 */
public record SettingType<T>(String expected, Function<String, Optional<T>> reader) {
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final int DNS_PORT = 53;
    private static final int MAX_PORT = 65_535;
    private static final Set<String> LISTENING_SCHEMES = Set.of("tcp", "nio");

    /** The value; empty if the text does not fit. */
    public Optional<T> read(String text) {
        try {
            return reader.apply(text.strip());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Why a text does not fit, in more words than {@link #expected}, if there are any. */
    Optional<String> objection(String text) {
        try {
            return reader.apply(text.strip()).isPresent() ? Optional.empty() : Optional.of("");
        } catch (IllegalArgumentException e) {
            return Optional.of(e.getMessage() == null ? "" : e.getMessage());
        }
    }

    static SettingType<Integer> count(int least, int most) {
        return new SettingType<>(
                "a whole number from " + least + " to " + most,
                text -> Quantity.whole(text)
                        .filter(number -> number >= least && number <= most)
                        .map(Long::intValue));
    }

    static SettingType<Long> octets(long least, long most) {
        return new SettingType<>(
                "a size from " + Quantity.octetText(least) + " to " + Quantity.octetText(most),
                text -> Quantity.octets(text).filter(octets -> octets >= least && octets <= most));
    }

    static SettingType<Duration> duration() {
        return new SettingType<>(
                "a duration from 1ms to " + LONGEST.toDays() + "d such as 30s, 15m, 4h or 7d",
                text -> Quantity.duration(text)
                        .filter(duration -> !duration.isZero() && duration.compareTo(LONGEST) <= 0));
    }

    static SettingType<Boolean> flag() {
        return new SettingType<>("true or false", text -> switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    /** One of two words; the second is true. */
    static SettingType<Boolean> choice(String usual, String other) {
        return new SettingType<>(
                usual + " or " + other,
                text -> text.equals(usual) || text.equals(other) ? Optional.of(text.equals(other)) : Optional.empty());
    }

    static SettingType<SuccessReports> confirm() {
        return new SettingType<>(
                "on-request, always or never",
                text -> Arrays.stream(SuccessReports.values())
                        .filter(confirm -> confirm.name()
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '-')
                                .equals(text))
                        .findFirst());
    }

    static SettingType<Domain> domain() {
        return new SettingType<>("a domain name", text -> Optional.of(new Domain(text)));
    }

    static SettingType<List<Domain>> domains() {
        return new SettingType<>(
                "domain names, separated by commas",
                text -> Optional.of(
                                words(text).stream().map(Domain::new).distinct().toList())
                        .filter(domains -> !domains.isEmpty()));
    }

    static SettingType<Networks> networks() {
        return new SettingType<>(
                "networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas",
                text -> Optional.of(Networks.parse(text)));
    }

    static SettingType<ListenAddress> address() {
        return new SettingType<>("host:port, or [IPv6 address]:port; port 0 for any", ListenAddress::parse);
    }

    static SettingType<Optional<HostAndPort>> host(int defaultPort) {
        return new SettingType<>("host:port, or [IPv6 address]:port", text -> {
            Optional<HostAndPort> host =
                    text.isEmpty() ? Optional.empty() : Optional.of(HostAndPort.parse(text, defaultPort));
            boolean isHost = host.isEmpty()
                    || !host.get().host().contains(":")
                    || host.get().address().isPresent();
            return isHost ? Optional.of(host) : Optional.empty();
        });
    }

    /** One or more addresses. */
    static SettingType<List<ListenAddress>> addresses() {
        return new SettingType<>(address().expected() + "; several separated by commas", text -> {
            List<Optional<ListenAddress>> all =
                    words(text).stream().map(ListenAddress::parse).toList();
            return all.isEmpty() || all.stream().anyMatch(Optional::isEmpty)
                    ? Optional.empty()
                    : Optional.of(all.stream().map(Optional::orElseThrow).toList());
        });
    }

    static SettingType<Optional<ListenAddress>> optionalAddress() {
        return new SettingType<>(
                address().expected() + "; or nothing",
                text -> text.isEmpty()
                        ? Optional.of(Optional.empty())
                        : ListenAddress.parse(text).map(Optional::of));
    }

    static SettingType<Integer> port() {
        return count(1, MAX_PORT);
    }

    static SettingType<List<HostAndPort>> nameServers() {
        return new SettingType<>("addresses such as 192.0.2.53 or 127.0.0.1:5353, separated by commas", text -> {
            List<HostAndPort> servers = words(text).stream()
                    .map(server -> HostAndPort.parse(server, DNS_PORT))
                    .toList();
            return servers.stream().allMatch(server -> server.address().isPresent())
                    ? Optional.of(servers)
                    : Optional.empty();
        });
    }

    static SettingType<String> brokerUrl() {
        return new SettingType<>("an address of a broker, such as failover:(tcp://a:61616,tcp://b:61616)", text -> {
            if (!text.isEmpty()
                    && new ActiveMQConnectionFactory(text).getBrokerURL().isEmpty()) {
                return Optional.empty();
            }
            return text.isEmpty() || text.contains(":") ? Optional.of(text) : Optional.empty();
        });
    }

    static SettingType<String> brokerListen() {
        return new SettingType<>("an address such as tcp://127.0.0.1:61616", text -> {
            if (text.isEmpty()) {
                return Optional.of(text);
            }
            URI uri = URI.create(text);
            boolean isComplete = uri.getHost() != null && uri.getPort() >= 0 && uri.getPort() <= MAX_PORT;
            return isComplete && LISTENING_SCHEMES.contains(uri.getScheme()) ? Optional.of(text) : Optional.empty();
        });
    }

    static SettingType<List<String>> eventQueues() {
        return new SettingType<>("names of queues such as mail.events.webhook, separated by commas", text -> {
            List<String> names = words(text).stream().distinct().toList();
            return names.stream().allMatch(QueueNames::mayTakeEvents) ? Optional.of(names) : Optional.empty();
        });
    }

    static SettingType<String> file() {
        return new SettingType<>(
                "a file name",
                text -> text.isEmpty() || text.indexOf('\0') >= 0 ? Optional.empty() : Optional.of(text));
    }

    static SettingType<String> folder() {
        return new SettingType<>("a folder name", file().reader());
    }

    static SettingType<String> databaseUrl() {
        return new SettingType<>(
                "an address of a database, such as jdbc:postgresql://db.example.org/shop",
                text -> text.isEmpty() || text.matches("jdbc:[a-zA-Z0-9]+:\\S+")
                        ? Optional.of(text)
                        : Optional.empty());
    }

    static SettingType<String> table() {
        return new SettingType<>("the name of a table, such as mail_outbox or shop.mail_outbox", text -> {
            // It becomes part of a statement.
            return text.matches("[A-Za-z_][A-Za-z0-9_]{0,62}(\\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,2}")
                    ? Optional.of(text)
                    : Optional.empty();
        });
    }

    static SettingType<String> mailbox() {
        return new SettingType<>(
                "imaps://host:port, imap://..., pop3s://... or pop3://..., the port may be left out",
                text -> text.isEmpty() || text.matches("(imap|pop3)s?://[A-Za-z0-9.-]{1,255}(:[0-9]{1,5})?")
                        ? Optional.of(text)
                        : Optional.empty());
    }

    static SettingType<String> fieldName() {
        return new SettingType<>(
                "the name of a header field, such as Delivered-To",
                text -> text.isEmpty() || text.matches("[A-Za-z0-9-]{1,76}") ? Optional.of(text) : Optional.empty());
    }

    static SettingType<String> text(String expected) {
        return new SettingType<>(
                expected, text -> text.chars().allMatch(c -> c >= ' ') ? Optional.of(text) : Optional.empty());
    }

    static SettingType<String> topic() {
        return new SettingType<>(
                "a name of letters, digits, dots, hyphens and underscores",
                text -> text.matches("[A-Za-z0-9._-]{0,249}") ? Optional.of(text) : Optional.empty());
    }

    static SettingType<String> hosts() {
        return new SettingType<>(
                "host:port, several separated by commas",
                text -> text.isEmpty() || text.matches("[A-Za-z0-9.-]+:[0-9]{1,5}(,[A-Za-z0-9.-]+:[0-9]{1,5})*")
                        ? Optional.of(text)
                        : Optional.empty());
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("[,\\s]+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
