package dev.caravan.steps;

import dev.caravan.config.ServerHome;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.policy.CountryFile;
import dev.caravan.policy.TableWatch;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.session.PolicyRequest;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;

/** Which country a client is in, by a list of the operator's: {@code method: "isIn('countries', 'XX, YY')"}. */
public final class ClientCountry implements BlockingStep {
    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");

    private final ServerHome home;
    private final Clock clock;
    private final TableWatch watch;
    /** As many as routes name. */
    private final Map<Path, CountryFile> files = new ConcurrentHashMap<>();

    public ClientCountry(ServerHome home, Clock clock, TableWatch watch) {
        this.home = home;
        this.clock = clock;
        this.watch = watch;
    }

    /**
     * Whether the client is in one of some countries. Who is in no network of the file is in none.
     *
     * @param file relative to the home.
     * @param countries codes of two letters, separated by commas or white space; upper and lower case are the same.
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
     * The client's country, two upper-case letters; blank if no network of the file has its address in it.
     *
     * @throws dev.caravan.policy.StaleTableException if that may be wrong because the file could not be read again; the
     *     client hears 451.
     */
    public String of(@Argument(ArgumentForm.FILE) String file, Exchange exchange) {
        PolicyRequest question = MailExchange.of(exchange).requireRequest();
        return files.computeIfAbsent(home.own(file), this::open)
                .countryOf(question.facts().remote().getAddress())
                .orElse("");
    }

    private CountryFile open(Path file) {
        try {
            return CountryFile.open(file, clock).watchedBy(watch);
        } catch (UncheckedIOException e) {
            // Not as a failure of the disk, for which clients would hear that there is no room.
            throw new IllegalStateException(e.getMessage() + ": " + e.getCause().getMessage());
        }
    }
}
