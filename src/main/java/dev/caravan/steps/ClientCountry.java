package dev.caravan.steps;

import dev.caravan.config.ServerHome;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.policy.CountryFile;
import dev.caravan.policy.TableWatch;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.session.SessionScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/** The country of a client, by a list of the operator's: {@code method: "isIn('countries', 'XX, YY')"}. */
public final class ClientCountry implements BlockingStep {
    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");

    private final ServerHome home;
    private final Clock clock;
    private final TableWatch watch;
    private final Decisions decisions;
    /** Bounded: one for each file that routes name. */
    private final Map<Path, Source> sources = new ConcurrentHashMap<>();

    /** A file, and the name under which a session keeps the result. */
    private record Source(CountryFile file, SessionScope.Key<String> key) {}

    public ClientCountry(ServerHome home, Clock clock, TableWatch watch, Decisions decisions) {
        this.decisions = decisions;
        this.home = home;
        this.clock = clock;
        this.watch = watch;
    }

    /**
     * Whether the client is in one of some countries. A client in no network of the file is in none.
     *
     * @param file relative to the home.
     * @param countries codes of two letters, separated by commas or white space; case does not matter.
     */
    public boolean isIn(
            @Argument(ArgumentForm.FILE) String file,
            @Argument(ArgumentForm.COUNTRIES) String countries,
            Exchange exchange) {
        String country = of(file, exchange);
        return List.of(SEPARATOR.split(countries.strip().toUpperCase(Locale.ROOT)))
                .contains(country);
    }

    /**
     * The client's country, two upper-case letters; blank if no network of the file has its address in it. It is looked
     * up once in each session, so that a change of the file takes effect for sessions that begin after it.
     *
     * @throws dev.caravan.policy.StaleTableException if the result may be wrong because the file could not be read
     *     again; the client gets 451.
     */
    public String of(@Argument(ArgumentForm.FILE) String file, Exchange exchange) {
        MailExchange view = MailExchange.of(exchange);
        InetAddress client = view.requireRequest().facts().remote().getAddress();
        Source source = sources.computeIfAbsent(home.resolve(file), this::open);
        String country = view.session()
                .computeIfAbsent(
                        source.key(), () -> source.file().countryOf(client).orElse(""));
        decisions.report(
                exchange,
                "clientCountry",
                () -> country.isEmpty() ? "not listed" : country,
                () -> client.getHostAddress() + " in " + file);
        return country;
    }

    private Source open(Path file) {
        try {
            return new Source(
                    CountryFile.open(file, clock).watchedBy(watch), SessionScope.Key.ofText("clientCountry " + file));
        } catch (UncheckedIOException e) {
            // Not as an I/O error, for which clients would get 452.
            IOException cause = Objects.requireNonNull(e.getCause(), "each of these has one");
            throw new IllegalStateException(e.getMessage() + ": " + cause.getMessage());
        }
    }
}
