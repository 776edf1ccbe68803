package dev.caravan.delivery;

import dev.caravan.mail.Recipient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One mail for one host, and the promise to say what became of it. */
final class SendRequest {
    private final OutboundMail mail;
    private final RemoteHost target;
    private final boolean isOnUsedConnection;
    private final boolean isRepeatable;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    /** How it went. */
    sealed interface Outcome {
        /** The host was told, or could not be. */
        record Reported(HostReport report) implements Outcome {}

        /**
         * The connection that had served before was of no more use, and the mail was not begun for those who are left.
         *
         * @param settled what became of the others.
         */
        record Stale(HostReport settled) implements Outcome {}
    }

    /**
     * A job.
     *
     * @param isOnUsedConnection whether the connection has served for another mail.
     * @param isRepeatable whether it may end as {@link Outcome.Stale} when its own transactions have used the connection.
     */
    SendRequest(OutboundMail mail, RemoteHost target, boolean isOnUsedConnection, boolean isRepeatable) {
        this.mail = mail;
        this.target = target;
        this.isOnUsedConnection = isOnUsedConnection;
        this.isRepeatable = isRepeatable;
    }

    OutboundMail mail() {
        return mail;
    }

    RemoteHost target() {
        return target;
    }

    List<Recipient> recipients() {
        return mail.envelope().recipients();
    }

    /** Whether another connection is worth a try for those that were not settled, if this one was cut off. */
    boolean isStale(HostReport settled) {
        return isOnUsedConnection || (isRepeatable && !settled.answers().isEmpty());
    }

    void complete(HostReport report) {
        outcome.complete(new Outcome.Reported(report));
    }

    void connectionWasStale(HostReport settled) {
        outcome.complete(new Outcome.Stale(settled));
    }

    /** Never completes exceptionally. */
    CompletionStage<Outcome> outcome() {
        return outcome;
    }
}
