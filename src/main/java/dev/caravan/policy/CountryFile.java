package dev.caravan.policy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * Which country an address belongs to, from a plain file that is read again when it changes: lines of a network and a
 * country code, {@code 192.0.2.0/24 NL}; {@code #} begins a comment. Of several networks that have an address in them
 * the smallest counts. Whoever asks may wait for the disk.
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
        return new CountryFile(WatchedFile.required(file, CountryTable::parse, clock));
    }

    /** Two upper-case letters; empty if the file has no network with the address in it. */
    public Optional<String> countryOf(InetAddress address) {
        return file.table().countryOf(address);
    }
}
