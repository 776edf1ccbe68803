package dev.caravan.delivery;

import dev.caravan.mail.Domain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The state that all connections of a client share.
 *
 * @param us the name of this server.
 * @param timeouts how long to wait.
 * @param reuse how connections are kept.
 * @param idle the connections that are kept.
 * @param reads the executor that reads files.
 */
record SmtpClientContext(
        Domain us, DeliveryTimeouts timeouts, ConnectionReuse reuse, IdleConnections idle, Executor reads) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE_OCTETS = 18;

    /** An unpredictable text for SCRAM. */
    static String nonce() {
        byte[] octets = new byte[NONCE_OCTETS];
        RANDOM.nextBytes(octets);
        return Base64.getEncoder().encodeToString(octets);
    }

    /** The message for a server that does not offer 8BITMIME. */
    CompletionStage<OutboundMail> inSevenBits(OutboundMail mail) {
        if (mail.octets().filter(SmtpClientContext::isSevenBit).isPresent()) {
            return CompletableFuture.completedFuture(mail);
        }
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return mail.inSevenBits();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    reads);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static boolean isSevenBit(byte[] octets) {
        for (byte octet : octets) {
            if (octet < 0) {
                return false;
            }
        }
        return true;
    }
}
