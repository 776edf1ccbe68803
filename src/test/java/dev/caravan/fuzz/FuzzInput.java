package dev.caravan.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The octets that a fuzzer made up, cut into values. Whatever they are, there is always another value: behind the end
 * come zeros and empty texts.
 */
public final class FuzzInput {
    /** Ends a text; no octet that a mail system has much to say about. */
    private static final byte SEPARATOR = (byte) 0xff;

    private final byte[] octets;
    private int at;

    public FuzzInput(byte[] octets) {
        this.octets = octets;
    }

    /** 0 to 255. */
    public int octet() {
        return at < octets.length ? octets[at++] & 0xff : 0;
    }

    /** 0 to {@code bound - 1}; the bound at most 256. */
    public int below(int bound) {
        return octet() % bound;
    }

    public boolean flag() {
        return (octet() & 1) == 1;
    }

    public <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** Characters 0 to 254, up to an octet 255 or the end. */
    public String text() {
        int start = at;
        while (at < octets.length && octets[at] != SEPARATOR) {
            at++;
        }
        String text = new String(octets, start, at - start, StandardCharsets.ISO_8859_1);
        at = Math.min(at + 1, octets.length);
        return text;
    }

    /** All that is left. */
    public byte[] rest() {
        byte[] rest = Arrays.copyOfRange(octets, at, octets.length);
        at = octets.length;
        return rest;
    }

    /** Chance that is the same whenever the input is. */
    public SplittableRandom random() {
        return new SplittableRandom(Arrays.hashCode(octets));
    }
}
