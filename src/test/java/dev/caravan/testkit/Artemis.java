package dev.caravan.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A broker of ActiveMQ Artemis with {@code broker-config/artemis.xml}, in a process of its own. What it needs is not on
 * our class path, since its Netty is another than ours.
 */
public final class Artemis {
    private static final Path SOURCE = Path.of("src/test/artemis");

    private Artemis() {}

    /** Starts a broker and does not wait for it. */
    public static Program start(Path data) throws IOException {
        return new Program(Program.java(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dcaravan.artemis.listen=127.0.0.1:0",
                "-Dcaravan.artemis.data=" + data,
                "-cp",
                SeparateClassPath.of("artemis"),
                SOURCE.resolve("ArtemisBroker.java").toString(),
                Path.of("broker-config/artemis.xml").toString())));
    }
}
