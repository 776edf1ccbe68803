package dev.caravan.delivery;

import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * What all connections of a client share.
 *
 * @param us what we call ourselves.
 * @param timeouts how long to wait.
 * @param reuse how connections are kept.
 * @param idle those that are kept.
 * @param reads reads files.
 */
record SmtpClientContext(
        Domain us, DeliveryTimeouts timeouts, ConnectionReuse reuse, IdleConnections idle, Executor reads) {
    /** Whether the content has an octet above 127. */
    CompletionStage<Boolean> inspect(Outgoing mail) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return mail.hasEightBitOctets();
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    mail.content() instanceof Content.InMemory ? Runnable::run : reads);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
