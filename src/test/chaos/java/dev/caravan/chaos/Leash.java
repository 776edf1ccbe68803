package dev.caravan.chaos;

import dev.caravan.Caravan;
import java.io.IOException;

/** The main program as it is, but it ends with the test that started it, however that ends. */
public final class Leash {
    private static final int ORPHANED = 9;

    private Leash() {}

    /** @param arguments of {@link Caravan}. */
    public static void main(String[] arguments) {
        Thread thread = new Thread(Leash::watch, "leash");
        thread.setDaemon(true);
        thread.start();
        Caravan.main(arguments);
    }

    private static void watch() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException e) {
            // The other end is gone, which is all we want to know.
            Runtime.getRuntime().halt(ORPHANED);
        }
        Runtime.getRuntime().halt(ORPHANED);
    }
}
