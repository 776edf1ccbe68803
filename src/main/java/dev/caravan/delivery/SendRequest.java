package dev.caravan.delivery;

import dev.caravan.mail.Recipient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A message to be sent to one host, and the future result. */
final class SendRequest {
    private final OutboundMail mail;
    private final RemoteHost target;
    private final boolean isOnUsedConnection;
    private final boolean isRepeatable;
    private final int messagesPerConnection;
    private final AttemptProgress.Leg progress;
    private final CompletableFuture<Result> outcome = new CompletableFuture<>();

    /** The result. */
    sealed interface Result {
        /** The host answered, or could not be asked. */
        record Reported(HostReport report) implements Result {}

        /**
         * A reused connection could not be used any more; the transaction of the remaining recipients was not begun.
         *
         * @param settled the results of the others.
         */
        record Stale(HostReport settled) implements Result {}

        /**
         * TLS failed at a host with which it is not required; nothing else was begun.
         *
         * @param reason for people.
         */
        record TlsFailed(String reason) implements Result {}
    }

    /**
     * A request.
     *
     * @param isOnUsedConnection whether the connection was used for another message before.
     * @param isRepeatable whether it may end as {@link Result.Stale} when its own transactions have used the connection.
     * @param messagesPerConnection after how many messages the connection is closed.
     * @param progress is told each stage.
     */
    SendRequest(
            OutboundMail mail,
            RemoteHost target,
            boolean isOnUsedConnection,
            boolean isRepeatable,
            int messagesPerConnection,
            AttemptProgress.Leg progress) {
        this.messagesPerConnection = messagesPerConnection;
        this.progress = progress;
        this.mail = mail;
        this.target = target;
        this.isOnUsedConnection = isOnUsedConnection;
        this.isRepeatable = isRepeatable;
    }

    OutboundMail mail() {
        return mail;
    }

    /** The attempt is at a stage with the host of this request. */
    void at(AttemptProgress.Stage stage) {
        progress.at(stage, target);
    }

    AttemptProgress.Leg progress() {
        return progress;
    }

    int messagesPerConnection() {
        return messagesPerConnection;
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
        outcome.complete(new Result.Reported(report));
    }

    void connectionWasStale(HostReport settled) {
        outcome.complete(new Result.Stale(settled));
    }

    void tlsFailed(String reason) {
        outcome.complete(new Result.TlsFailed(reason));
    }

    /** Never completes exceptionally. */
    CompletionStage<Result> outcome() {
        return outcome;
    }
}
