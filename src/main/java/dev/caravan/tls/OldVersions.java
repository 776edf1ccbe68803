package dev.caravan.tls;

import java.security.Security;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** The versions of TLS that RFC 8996 forbids, in the TLS of the JDK. */
final class OldVersions {
    private static final String DISABLED = "jdk.tls.disabledAlgorithms";
    /** Later JDKs disable the suites without forward secrecy too, which old devices need. */
    private static final Set<String> NEEDED = Set.of("TLSv1", "TLSv1.1", "TLS_RSA_*");

    private static final String MODERN = "TLSv1.2,TLSv1.3";

    private OldVersions() {}

    /**
     * Lets contexts of the JDK speak TLS 1.0 and 1.1 if they ask for it. The JDK has one list of what is disabled for the
     * whole process, which it reads once; contexts that name no versions keep to 1.2 and 1.3. To be called before the first
     * context is made.
     */
    static void allow() {
        absent("jdk.tls.client.protocols");
        absent("jdk.tls.server.protocols");
        String disabled = Security.getProperty(DISABLED);
        if (disabled != null) {
            Security.setProperty(
                    DISABLED,
                    Arrays.stream(disabled.split(","))
                            .map(String::strip)
                            .filter(name -> !NEEDED.contains(name))
                            .collect(Collectors.joining(", ")));
        }
    }

    private static void absent(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, MODERN);
        }
    }
}
