package dev.caravan.dns;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Message;
import org.xbill.DNS.Resolver;

/** Asks several servers as {@link ExtendedResolver} does; questions are sent as {@link QueryTurns} decides. Thread-safe. */
final class PacedResolver extends ExtendedResolver {
    private final QueryTurns turns = new QueryTurns();
    private boolean isTimerSet;

    PacedResolver(Iterable<Resolver> servers) {
        super(servers);
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
        CompletableFuture<Message> answer = new CompletableFuture<>();
        QueryTurns.Query asked = new QueryTurns.Query(() -> ask(query, executor, answer));
        boolean mayWait;
        synchronized (turns) {
            mayWait = turns.add(asked);
        }
        if (!mayWait) {
            return CompletableFuture.failedFuture(new IOException("too many questions wait for the name servers"));
        }
        answer.whenComplete((message, failure) -> {
            synchronized (turns) {
                turns.ended(asked);
            }
            sendNext(executor);
        });
        sendNext(executor);
        return answer;
    }

    private void ask(Message query, Executor executor, CompletableFuture<Message> answer) {
        try {
            super.sendAsync(query, executor).whenComplete((message, failure) -> {
                if (failure == null) {
                    answer.complete(message);
                } else {
                    answer.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private void sendNext(Executor executor) {
        Optional<QueryTurns.Query> next = next(executor);
        while (next.isPresent()) {
            next.get().send();
            next = next(executor);
        }
    }

    private Optional<QueryTurns.Query> next(Executor executor) {
        synchronized (turns) {
            long now = System.nanoTime();
            Optional<QueryTurns.Query> next = turns.next(now);
            OptionalLong later = next.isPresent() || isTimerSet ? OptionalLong.empty() : turns.untilNext(now);
            if (later.isPresent()) {
                isTimerSet = true;
                CompletableFuture.delayedExecutor(later.getAsLong(), TimeUnit.NANOSECONDS, executor)
                        .execute(() -> {
                            synchronized (turns) {
                                isTimerSet = false;
                            }
                            sendNext(executor);
                        });
            }
            return next;
        }
    }
}
