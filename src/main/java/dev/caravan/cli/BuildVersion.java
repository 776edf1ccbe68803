package dev.caravan.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven wrote into the jar. */
final class BuildVersion implements IVersionProvider {
    private static final String FILE = "/META-INF/maven/dev.caravan/caravan/pom.properties";

    @Override
    public String[] getVersion() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = BuildVersion.class.getResourceAsStream(FILE)) {
            if (in != null) {
                properties.load(in);
            }
        }
        return new String[] {
            "caravan " + properties.getProperty("version", "(not from a jar)"),
            "Java " + System.getProperty("java.version")
        };
    }
}
