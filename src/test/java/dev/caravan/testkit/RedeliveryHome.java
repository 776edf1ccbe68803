package dev.caravan.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A home with a {@code redelivery.xml} of its own. */
public final class RedeliveryHome {
    private RedeliveryHome() {}

    /** The distribution's policies with delays of one second and two redeliveries. */
    public static void shortDelays(Path home) throws IOException {
        shortDelays(home, 2);
    }

    /** The distribution's policies with delays of one second; mail is given up after as many seconds as redeliveries. */
    static void shortDelays(Path home, int redeliveries) throws IOException {
        Path own = Files.createDirectories(home.resolve("broker-config"));
        String policies = Files.readString(Path.of("broker-config/redelivery.xml"))
                .replace("value=\"900000\"", "value=\"1000\"")
                .replace(
                        "name=\"maximumRedeliveries\" value=\"480\"",
                        "name=\"maximumRedeliveries\" value=\"" + redeliveries + "\"");
        Files.writeString(own.resolve("redelivery.xml"), policies);
    }
}
