package dev.caravan.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Collects the answer of an HTTP server as UTF-8, up to a limit; a longer one fails with an {@link IOException}. */
public final class LimitedBody implements BodySubscriber<String> {
    private final int most;
    private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
    private final CompletableFuture<String> text = new CompletableFuture<>();
    private Flow.@Nullable Subscription subscription;

    /** @param most the limit in octets. */
    public LimitedBody(int most) {
        this.most = most;
    }

    /** The answer is too long. */
    public static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLongException(int most) {
            super("the answer is longer than " + most + " octets");
        }
    }

    @Override
    public CompletionStage<String> getBody() {
        return text;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> pieces) {
        for (ByteBuffer piece : pieces) {
            if (octets.size() + piece.remaining() > most) {
                text.completeExceptionally(new TooLongException(most));
                if (subscription != null) {
                    subscription.cancel();
                }
                return;
            }
            byte[] read = new byte[piece.remaining()];
            piece.get(read);
            octets.writeBytes(read);
        }
    }

    @Override
    public void onError(Throwable failure) {
        text.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        text.complete(octets.toString(StandardCharsets.UTF_8));
    }
}
