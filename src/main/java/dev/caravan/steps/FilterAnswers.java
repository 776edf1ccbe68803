package dev.caravan.steps;

import dev.caravan.exchange.ClientGoneException;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.filter.FilterBusyException;
import dev.caravan.filter.FilterLine;
import dev.caravan.filter.Filters;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;

/** What steps do that ask a filter: wait for its turn and its answer without a thread, and decide. Thread-safe. */
final class FilterAnswers {
    /** Executes an answer. */
    @FunctionalInterface
    interface Decision<T> {
        void decide(T answer) throws Exception;
    }

    private final Filters filters;
    private final Executor threads;
    private final Decisions decisions;

    /** @param threads run the decisions; may block for the disk. */
    FilterAnswers(Filters filters, Executor threads, Decisions decisions) {
        this.filters = filters;
        this.threads = threads;
        this.decisions = decisions;
    }

    /** The line of a filter. */
    FilterLine line(String name, String address) {
        return filters.remote(name, address);
    }

    /**
     * Asks a filter.
     *
     * @param by the name of the step.
     * @param call asks; does not block; fails if there is no answer.
     * @param answered executes the answer.
     * @param failed executes that there is none; gets the reason for the log.
     * @return completes when the route can go on; exceptionally if the message is deferred by a fault of ours.
     */
    <T> CompletionStage<Void> ask(
            FilterLine line,
            String by,
            Exchange exchange,
            Supplier<CompletionStage<T>> call,
            Decision<T> answered,
            Decision<Throwable> failed) {
        MailExchange view = MailExchange.of(exchange);
        return Filters.ask(line, size(view), () -> !view.isClientGone(), call)
                .handleAsync(
                        (answer, failure) -> {
                            if (view.isClientGone()) {
                                throw new CompletionException(new ClientGoneException());
                            }
                            decide(by, exchange, answer, failure, answered, failed);
                            return null;
                        },
                        threads);
    }

    private <T> void decide(
            String by,
            Exchange exchange,
            T answer,
            @Nullable Throwable failure,
            Decision<T> answered,
            Decision<Throwable> failed) {
        try {
            if (failure == null) {
                answered.decide(answer);
                return;
            }
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (cause instanceof FilterBusyException busy) {
                String words = String.valueOf(busy.getMessage());
                decisions.reply(exchange, by, Reply.of(451, "4.3.2", words).because(Reason.FILTER), () -> words);
            } else {
                failed.decide(cause);
            }
        } catch (Exception e) {
            throw new CompletionException(e);
        }
    }

    private static long size(MailExchange view) {
        return view.request().orElse(null) instanceof MailQuestion question
                ? question.mail().content().size()
                : 0;
    }
}
