package dev.caravan.delivery;

import dev.caravan.mail.Recipient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One mail for one host, and the promise to say what became of it. */
final class MailJob {
    private final Outgoing mail;
    private final Target target;
    private final boolean isOnUsedConnection;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

    /** How it went. */
    sealed interface Outcome {
        /** The host was told, or could not be. */
        record Reported(HostReport report) implements Outcome {}

        /** The connection that had served before was of no more use, and the mail was not begun. */
        record Stale() implements Outcome {}
    }

    MailJob(Outgoing mail, Target target, boolean isOnUsedConnection) {
        this.mail = mail;
        this.target = target;
        this.isOnUsedConnection = isOnUsedConnection;
    }

    Outgoing mail() {
        return mail;
    }

    Target target() {
        return target;
    }

    List<Recipient> recipients() {
        return mail.envelope().recipients();
    }

    boolean isOnUsedConnection() {
        return isOnUsedConnection;
    }

    void complete(HostReport report) {
        outcome.complete(new Outcome.Reported(report));
    }

    void connectionWasStale() {
        outcome.complete(new Outcome.Stale());
    }

    /** Never completes exceptionally. */
    CompletionStage<Outcome> outcome() {
        return outcome;
    }
}
