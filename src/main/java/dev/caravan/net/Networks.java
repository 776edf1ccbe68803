package dev.caravan.net;

import dev.caravan.mail.AddressLiteral;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A set of addresses, written as {@code 127.0.0.0/8, ::1/128, 192.0.2.7} (RFC 4632 §3.1, RFC 4291 §2.3). An IPv4
 * address that arrives as an IPv6 one ({@code ::ffff:192.0.2.7}, RFC 4291 §2.5.5.2) is treated as the IPv4 address,
 * both in the text and when an address is looked up.
 *
 * @param blocks the parts of the set; without any, the set is empty.
 */
public record Networks(List<Block> blocks) {
    /** The empty set. */
    public static final Networks NONE = new Networks(List.of());

    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");
    private static final Pattern PREFIX_LENGTH = Pattern.compile("[0-9]{1,3}");
    private static final int MAPPED_PREFIX_BITS = 96;

    public Networks {
        blocks = List.copyOf(blocks);
    }

    /**
     * Reads addresses and networks separated by commas or white space. No DNS lookup.
     *
     * @throws IllegalArgumentException if a part is not an address, has a prefix that is too long, or has bits set
     *     after its prefix, which is usually a mistake.
     */
    public static Networks parse(String text) {
        List<Block> blocks = new ArrayList<>();
        for (String part : SEPARATOR.split(text.strip())) {
            if (!part.isEmpty()) {
                blocks.add(block(part));
            }
        }
        return new Networks(blocks);
    }

    public boolean contains(InetAddress address) {
        byte[] octets = octetsOf(address);
        return blocks.stream().anyMatch(block -> block.covers(octets));
    }

    private static Block block(String part) {
        int slash = part.indexOf('/');
        String address = slash < 0 ? part : part.substring(0, slash);
        // Parsed as either kind of literal, which never causes a DNS lookup.
        InetAddress first = AddressLiteral.address("[" + address + "]")
                .or(() -> AddressLiteral.address("[IPv6:" + address + "]"))
                .orElseThrow(() -> malformed(part));
        if (slash < 0) {
            return new Block(first, octetsOf(first).length * 8);
        }
        String digits = part.substring(slash + 1);
        if (!PREFIX_LENGTH.matcher(digits).matches()) {
            throw malformed(part);
        }
        int bits = Integer.parseInt(digits);
        boolean isMapped = first.getAddress().length == 4 && address.contains(":");
        if (isMapped && bits < MAPPED_PREFIX_BITS) {
            throw new IllegalArgumentException(
                    "network " + part + " mixes IPv4 and IPv6 (expected: a prefix of 96 to 128 bits, or plain IPv4)");
        }
        return new Block(first, isMapped ? bits - MAPPED_PREFIX_BITS : bits);
    }

    private static IllegalArgumentException malformed(String part) {
        return new IllegalArgumentException(
                "not a network: " + part + " (expected: such as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32)");
    }

    /** 4 octets for IPv4 addresses, including those that arrive as IPv6 addresses; else 16. */
    public static byte[] octetsOf(InetAddress address) {
        byte[] octets = address.getAddress();
        if (address instanceof Inet6Address && isMapped(octets)) {
            return new byte[] {octets[12], octets[13], octets[14], octets[15]};
        }
        return octets;
    }

    private static boolean isMapped(byte[] octets) {
        for (int i = 0; i < 10; i++) {
            if (octets[i] != 0) {
                return false;
            }
        }
        return octets[10] == (byte) 0xff && octets[11] == (byte) 0xff;
    }

    @Override
    public String toString() {
        return String.join(", ", blocks.stream().map(Block::toString).toList());
    }

    /**
     * All addresses that begin with the same bits.
     *
     * @param first the lowest of them.
     * @param prefixLength how many bits they share; 0 to 32 for IPv4, 0 to 128 for IPv6.
     */
    public record Block(InetAddress first, int prefixLength) {
        /** @throws IllegalArgumentException if the prefix is too long or the first address has bits after it. */
        public Block {
            byte[] octets = octetsOf(first);
            int longest = octets.length * 8;
            if (prefixLength < 0 || prefixLength > longest) {
                throw new IllegalArgumentException("prefix of " + prefixLength + " bits at " + first.getHostAddress()
                        + " (expected: 0 to " + longest + ")");
            }
            byte[] lowest = cut(octets, prefixLength);
            if (!Arrays.equals(octets, lowest)) {
                throw new IllegalArgumentException(first.getHostAddress() + "/" + prefixLength
                        + " has bits set behind its prefix (expected: " + dotted(lowest) + "/" + prefixLength + ")");
            }
        }

        public boolean covers(byte[] octets) {
            byte[] own = octetsOf(first);
            return own.length == octets.length && Arrays.equals(own, cut(octets, prefixLength));
        }

        private static byte[] cut(byte[] octets, int bits) {
            byte[] cut = octets.clone();
            for (int i = 0; i < cut.length; i++) {
                int kept = Math.max(0, Math.min(8, bits - 8 * i));
                cut[i] &= (byte) (0xff << (8 - kept));
            }
            return cut;
        }

        private static String dotted(byte[] octets) {
            try {
                return InetAddress.getByAddress(octets).getHostAddress();
            } catch (UnknownHostException e) {
                throw new AssertionError("an address has 4 or 16 octets", e);
            }
        }

        @Override
        public String toString() {
            return first.getHostAddress() + "/" + prefixLength;
        }
    }
}
