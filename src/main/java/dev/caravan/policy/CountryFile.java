package dev.caravan.policy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Finds the country of an address in a plain file that is read again when it changes: lines of a network and a country
 * code, {@code 192.0.2.0/24 NL}; {@code #} begins a comment. Of several networks that contain an address the smallest
 * is used. A look-up reads the disk only when no network contains the address.
 */
public final class CountryFile {
    private final WatchedFile<CountryTable> file;

    private CountryFile(WatchedFile<CountryTable> file) {
        this.file = file;
    }

    /**
     * Reads the file for the first time.
     *
     * @throws IllegalArgumentException if a line is broken or there are more than a million networks; the message names
     *     file and line.
     * @throws java.io.UncheckedIOException if the file is missing or cannot be read.
     */
    public static CountryFile open(Path file, Clock clock) {
        return new CountryFile(WatchedFile.required(List.of(file), CountryTable::parse, clock));
    }

    /** Lets this watch read the file again when it changes. */
    public CountryFile watchedBy(TableWatch watch) {
        watch.add(file);
        return this;
    }

    /** Reads the file again if it changed; blocks on the disk. */
    public void look() {
        file.look();
    }

    /**
     * Two upper-case letters; empty if no network contains the address.
     *
     * @throws StaleTableException if the table has none, and the file is newer than it or broken.
     */
    public Optional<String> countryOf(InetAddress address) {
        Optional<String> known = file.table().countryOf(address);
        if (known.isPresent()) {
            return known;
        }
        look();
        WatchedFile.State<CountryTable> state = file.state();
        Optional<String> country = state.table().countryOf(address);
        if (country.isEmpty() && !state.isCurrent()) {
            throw new StaleTableException(address.getHostAddress());
        }
        return country;
    }
}
