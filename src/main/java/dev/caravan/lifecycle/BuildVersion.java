package dev.caravan.lifecycle;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven wrote into the jar. */
public final class BuildVersion implements IVersionProvider {
    private static final String FILE = "/META-INF/maven/dev.caravan/caravan/pom.properties";

    /** The number alone, such as {@code 0.1.0}. */
    public static String number() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream(FILE)) {
            if (in != null) {
                properties.load(in);
            }
        }
        return properties.getProperty("version", "(not from a jar)");
    }

    @Override
    public String[] getVersion() throws IOException {
        return new String[] {"caravan " + number(), "Java " + System.getProperty("java.version")};
    }
}
