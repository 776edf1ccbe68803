package dev.caravan.delivery;

import dev.caravan.net.TlsPolicy;
import dev.caravan.tls.CertifiedKey;
import dev.caravan.tls.ClientOptions;
import dev.caravan.tls.PemReader;
import dev.caravan.tls.TlsClientContext;
import dev.caravan.tls.TlsEngines;
import dev.caravan.tls.TlsVersion;
import dev.caravan.tls.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of TLS for each policy. Files that a policy names are read when it is used first, and again when they
 * change. Thread-safe; never blocks.
 */
public final class ClientTls {
    private static final Logger LOG = LoggerFactory.getLogger(ClientTls.class);
    private static final long LOOK_NANOS = Duration.ofSeconds(10).toNanos();

    private final TlsEngines engines;
    private final Executor disk;
    private final Map<Ingredients, CompletableFuture<Made>> contexts = new ConcurrentHashMap<>();

    /** What makes two contexts differ. */
    private record Ingredients(boolean isVerified, Optional<Path> authorities, Optional<Path> certificate) {}

    private static final class Made {
        private final TlsClientContext context;
        private final List<FileTime> stamps;
        private final AtomicBoolean isLooking = new AtomicBoolean();
        private volatile long lookedAt = System.nanoTime();

        Made(TlsClientContext context, List<FileTime> stamps) {
            this.context = context;
            this.stamps = stamps;
        }
    }

    /** @param disk reads files; closed by its owner. */
    public ClientTls(TlsEngines engines, Executor disk) {
        this.engines = engines;
        this.disk = disk;
    }

    /**
     * The context for a policy.
     *
     * @return completes exceptionally with an IOException or IllegalArgumentException if a file cannot be used.
     */
    CompletionStage<TlsClientContext> context(TlsPolicy policy) {
        Ingredients key =
                new Ingredients(policy.level() == TlsPolicy.Level.VERIFY, policy.authorities(), policy.certificate());
        CompletableFuture<Made> known = contexts.computeIfAbsent(key, this::make);
        if (known.isCompletedExceptionally()) {
            // The operator may have mended it.
            contexts.remove(key, known);
        } else if (known.isDone()) {
            look(key, known.join());
        }
        return known.thenApply(made -> made.context);
    }

    private CompletableFuture<Made> make(Ingredients key) {
        CompletableFuture<Made> made = new CompletableFuture<>();
        try {
            disk.execute(() -> {
                try {
                    made.complete(read(key));
                } catch (IOException | RuntimeException e) {
                    made.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            made.completeExceptionally(e);
        }
        return made;
    }

    private Made read(Ingredients key) throws IOException {
        List<FileTime> stamps = stamps(key);
        Trust trust = !key.isVerified()
                ? Trust.any()
                : key.authorities().isPresent() ? Trust.in(key.authorities().get()) : Trust.system();
        Optional<CertifiedKey> own = Optional.empty();
        if (key.certificate().isPresent()) {
            Path file = key.certificate().get();
            own = Optional.of(PemReader.read(file, file, Optional.empty()));
        }
        return new Made(engines.client(new ClientOptions(TlsVersion.TLS_1_2, trust, own)), stamps);
    }

    private static List<FileTime> stamps(Ingredients key) throws IOException {
        List<FileTime> stamps = new ArrayList<>();
        for (Optional<Path> file : List.of(key.authorities(), key.certificate())) {
            if (file.isPresent()) {
                stamps.add(Files.getLastModifiedTime(file.get()));
            }
        }
        return stamps;
    }

    /** Replaces a context whose files have changed; until then, and if they are broken, the old one is used. */
    private void look(Ingredients key, Made present) {
        boolean isDue = !present.stamps.isEmpty() && System.nanoTime() - present.lookedAt > LOOK_NANOS;
        if (isDue && !present.isLooking.getAndSet(true)) {
            try {
                disk.execute(() -> lookNow(key, present));
            } catch (RejectedExecutionException e) {
                LOG.trace("closing", e);
            }
        }
    }

    private void lookNow(Ingredients key, Made present) {
        try {
            if (!stamps(key).equals(present.stamps)) {
                // The old context is not closed: connections may be about to use it, and there are few.
                contexts.put(key, CompletableFuture.completedFuture(read(key)));
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("TLS of deliveries goes on as before, {} cannot be used: {}", key, e.toString());
        } finally {
            present.lookedAt = System.nanoTime();
            present.isLooking.set(false);
        }
    }
}
