package dev.caravan.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TLS 1.0 is spoken where it is allowed, and nowhere else. */
class OldTlsTest {
    @Test
    void openSslSpeaksItOnlyWhereItIsAllowed() throws Exception {
        assertTrue(OldTlsProbe.speaksOld(TlsLibrary.OPENSSL, TlsVersion.TLS_1_0));
        assertFalse(OldTlsProbe.speaksOld(TlsLibrary.OPENSSL, TlsVersion.TLS_1_2));
    }

    /** The JDK has one list of disabled versions for the process, so this is tried in another. */
    @Test
    void theJdkSpeaksItOnlyWhereItIsAllowed() throws Exception {
        Process probe = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OldTlsProbe.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        List<String> lines = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.matches("[a-z]+=.*"))
                .toList();
        assertEquals(
                List.of(
                        "old=true",
                        "other=false",
                        "client=[TLSv1.2, TLSv1.3]",
                        "default=[TLSv1.2, TLSv1.3]",
                        "server=[TLSv1.2, TLSv1.3]"),
                lines);
    }
}
