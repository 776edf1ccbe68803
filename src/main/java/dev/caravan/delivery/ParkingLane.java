package dev.caravan.delivery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Where an item waits outside memory until a delivery may start: the last part of the name of a queue.
 *
 * @param name letters, digits, hyphens, underscores and dots, at most 110; what comes from the network and has other
 *     characters is replaced by a hash.
 */
public record ParkingLane(String name) {
    private static final String DESTINATION = "to.";
    private static final String SENDER = "from.";
    private static final Pattern PLAIN = Pattern.compile("[a-z0-9][a-z0-9_-]*(?:\\.[a-z0-9_-]+)*");
    private static final int MAX_PLAIN = 100;
    private static final int MAX_NAME = 110;
    private static final int HASH_OCTETS = 10;

    /** For destinations that may have another delivery, but slow ones together have their share. */
    public static final ParkingLane SLOW = new ParkingLane("slow");
    /** Reports and confirmations, which together have their share. */
    public static final ParkingLane REPORTS = new ParkingLane("reports");
    /** Whatever would need a lane of its own when there are too many lanes. */
    public static final ParkingLane OTHERS = new ParkingLane("others");

    /** @throws IllegalArgumentException if the name has another form. */
    public ParkingLane {
        if (name.length() > MAX_NAME || !PLAIN.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a lane");
        }
    }

    /** The lane of a destination. */
    static ParkingLane ofDestination(String domain) {
        boolean isPlain = domain.length() <= MAX_PLAIN && PLAIN.matcher(domain).matches();
        return new ParkingLane(DESTINATION + (isPlain ? domain : "x-" + hash(domain)));
    }

    /** The lane of a sender. */
    static ParkingLane ofSender(String key) {
        return new ParkingLane(SENDER + key);
    }

    /** A short key of a reverse path, for {@link PlaceRequest}; empty for the null reverse path. */
    static String senderKey(String reversePath) {
        return reversePath.isEmpty() ? "" : hash(reversePath);
    }

    /** Whether it is the lane of one destination. */
    public boolean isOfDestination() {
        return name.startsWith(DESTINATION);
    }

    /** Whether it is the lane of one sender. */
    public boolean isOfSender() {
        return name.startsWith(SENDER);
    }

    /** Why an item is parked in it, for operators. */
    public String reason() {
        if (isOfDestination()) {
            return "its destination has all the deliveries that it may have";
        } else if (isOfSender()) {
            return "its sender has his share of deliveries";
        } else if (equals(REPORTS)) {
            return "reports and confirmations have their share of deliveries";
        }
        return "slow and unknown destinations have their share of deliveries";
    }

    /** The key of the sender of such a lane. */
    String sender() {
        return name.substring(SENDER.length());
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_OCTETS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
