package dev.caravan.policy;

import dev.caravan.net.Networks;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the country of an address in a list of networks; the longest prefix that matches wins. Lines are
 * {@code 192.0.2.0/24 NL} or {@code 2001:db8::/32 DE}; {@code #} begins a comment. Stored as sorted ranges: some 20
 * octets for each network; a look-up is a binary search.
 */
final class CountryTable {
    /** More networks are refused, because the table is in memory. */
    static final int MAX_NETWORKS = 1_000_000;

    private static final int FOUR = 4;
    private static final Pattern COUNTRY = Pattern.compile("[A-Z]{2}");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private final Ranges four;
    private final Ranges six;

    private CountryTable(Ranges four, Ranges six) {
        this.four = four;
        this.six = six;
    }

    /**
     * Reads a table.
     *
     * @throws IllegalArgumentException if a line is broken, a network occurs twice with two countries, or there are
     *     more than {@value #MAX_NETWORKS}; the message names the line.
     */
    static CountryTable parse(List<String> lines) {
        List<Network> four = new ArrayList<>();
        List<Network> six = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = TableLines.withoutComment(lines.get(i));
            if (line.isEmpty()) {
                continue;
            }
            try {
                Network network = network(line);
                (network.isFour() ? four : six).add(network);
            } catch (IllegalArgumentException e) {
                throw new TableLineException(i + 1, e);
            }
            if (four.size() + six.size() > MAX_NETWORKS) {
                throw new TableLineException(i + 1, "too many networks (expected: <= " + MAX_NETWORKS + ")");
            }
        }
        return new CountryTable(Ranges.of(four), Ranges.of(six));
    }

    private static Network network(String line) {
        String[] words = SPACE.split(line);
        if (words.length != 2) {
            throw new IllegalArgumentException(
                    words.length + " words (expected: a network and a country, such as 192.0.2.0/24 NL)");
        }
        List<Networks.Block> blocks = Networks.parse(words[0]).blocks();
        if (blocks.size() != 1) {
            throw new IllegalArgumentException(blocks.size() + " networks (expected: 1)");
        }
        String country = words[1].toUpperCase(Locale.ROOT);
        if (!COUNTRY.matcher(country).matches()) {
            throw new IllegalArgumentException("not a country code (expected: two letters, such as NL)");
        }
        return Network.of(blocks.get(0), country);
    }

    /** The country of an address, two upper-case letters; empty if no network covers it. */
    Optional<String> countryOf(InetAddress address) {
        byte[] octets = Networks.octetsOf(address);
        return (octets.length == FOUR ? four : six).find(Position.of(octets));
    }

    /** An address as a number of 128 bits. */
    private record Position(long high, long low) implements Comparable<Position> {
        static final Position FIRST = new Position(0, 0);

        static Position of(byte[] octets) {
            long high = 0;
            long low = 0;
            for (byte octet : octets) {
                high = high << 8 | low >>> 56;
                low = low << 8 | (octet & 0xff);
            }
            return new Position(high, low);
        }

        /** The address after a block of addresses; the first address of all if there is none. */
        Position after(int freeBits) {
            if (freeBits >= 128) {
                return FIRST;
            }
            if (freeBits >= 64) {
                return new Position(high + (1L << (freeBits - 64)), low);
            }
            long next = low + (1L << freeBits);
            return new Position(Long.compareUnsigned(next, low) < 0 ? high + 1 : high, next);
        }

        @Override
        public int compareTo(Position other) {
            int order = Long.compareUnsigned(high, other.high);
            return order != 0 ? order : Long.compareUnsigned(low, other.low);
        }
    }

    private record Network(Position first, int freeBits, String country, boolean isFour) {
        static Network of(Networks.Block block, String country) {
            byte[] octets = Networks.octetsOf(block.first());
            int freeBits = octets.length * 8 - block.prefixLength();
            return new Network(Position.of(octets), freeBits, country, octets.length == FOUR);
        }
    }

    /** The starts of the ranges, in order, and the country of each; blank if it has none. */
    private static final class Ranges {
        private final long[] high;
        private final long[] low;
        private final String[] countries;

        private Ranges(List<Position> starts, List<String> countries) {
            high = starts.stream().mapToLong(Position::high).toArray();
            low = starts.stream().mapToLong(Position::low).toArray();
            this.countries = countries.stream().map(String::intern).toArray(String[]::new);
        }

        /** Turns networks, which may contain each other, into ranges that do not overlap. */
        static Ranges of(List<Network> networks) {
            List<Network> sorted = new ArrayList<>(networks);
            sorted.sort(Comparator.comparing(Network::first)
                    .thenComparing(Comparator.comparingInt(Network::freeBits).reversed()));
            Layout layout = new Layout();
            sorted.forEach(layout::add);
            layout.endAll();
            return new Ranges(layout.starts, layout.countries);
        }

        Optional<String> find(Position position) {
            int from = 0;
            int to = high.length;
            while (from < to) {
                int middle = (from + to) >>> 1;
                if (new Position(high[middle], low[middle]).compareTo(position) <= 0) {
                    from = middle + 1;
                } else {
                    to = middle;
                }
            }
            return from == 0 || countries[from - 1].isEmpty() ? Optional.empty() : Optional.of(countries[from - 1]);
        }
    }

    /** The ranges that were made so far; the stack has the networks that contain the current address. */
    private static final class Layout {
        private final List<Position> starts = new ArrayList<>();
        private final List<String> countries = new ArrayList<>();
        private final Deque<Network> around = new ArrayDeque<>();

        void add(Network network) {
            while (!around.isEmpty() && isOver(around.peek(), network.first())) {
                end();
            }
            Network outer = around.peek();
            if (outer != null && outer.first().equals(network.first()) && outer.freeBits() == network.freeBits()) {
                if (!outer.country().equals(network.country())) {
                    throw new IllegalArgumentException("a network has two countries, " + outer.country() + " and "
                            + network.country() + " (expected: one)");
                }
                return;
            }
            around.push(network);
            begin(network.first(), network.country());
        }

        private static boolean isOver(Network network, Position place) {
            Position after = network.first().after(network.freeBits());
            return !after.equals(Position.FIRST) && after.compareTo(place) <= 0;
        }

        private void end() {
            Network network = around.pop();
            Position after = network.first().after(network.freeBits());
            if (!after.equals(Position.FIRST)) {
                begin(after, around.isEmpty() ? "" : around.peek().country());
            }
        }

        void endAll() {
            while (!around.isEmpty()) {
                end();
            }
        }

        private void begin(Position place, String country) {
            int last = starts.size() - 1;
            if (last >= 0 && starts.get(last).equals(place)) {
                countries.set(last, country);
            } else {
                starts.add(place);
                countries.add(country);
            }
        }
    }
}
