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
import java.util.concurrent.atomic.LongAdder;

/**
 * The state that all connections of a client share.
 *
 * @param us the name of this server.
 * @param timeouts how long to wait.
 * @param reuse how connections are kept.
 * @param idle the connections that are kept.
 * @param reads the executor that reads files.
 * @param conversions counts messages that were converted for a server.
 */
record SmtpClientContext(
        Domain us,
        DeliveryTimeouts timeouts,
        ConnectionReuse reuse,
        IdleConnections idle,
        Executor reads,
        LongAdder conversions) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int NONCE_OCTETS = 18;

    /** An unpredictable text for SCRAM. */
    static String nonce() {
        byte[] octets = new byte[NONCE_OCTETS];
        RANDOM.nextBytes(octets);
        return Base64.getEncoder().encodeToString(octets);
    }

    /** The form of a message for a server; reads the content on another thread if it must. */
    CompletionStage<FittedMail> fitted(OutboundMail mail, PeerExtensions peer, String host) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            FittedMail form = FittedMail.of(mail, peer, host);
                            conversions.add(form.mail().isConverted() ? 1 : 0);
                            return form;
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    reads);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
