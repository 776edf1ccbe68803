package dev.caravan.login;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Printable;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether a message may be sent to a smart host now, and gives the login for it. A smart host whose login was refused,
 * or for which there is no secret, is paused; one whose quota is used up takes no more for now. Thread-safe; never blocks.
 */
public final class SmartHostGate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmartHostGate.class);
    private static final Duration WRITE_DELAY = Duration.ofSeconds(1);
    private static final int MAX_REASON = 300;

    private final Map<String, State> states = new ConcurrentHashMap<>();
    private final Map<String, List<QuotaFile.Line>> before;
    private final QuotaFile quotas;
    private final Supplier<HttpClient> http;
    private final Executor disk;
    private final Clock clock;
    private final AtomicBoolean isWriteDue = new AtomicBoolean();
    private volatile Listener listener = new Listener() {};

    /** Is told of smart hosts that take no mail. Called on any thread; must not block. */
    public interface Listener {
        /**
         * A login was refused, or there is no secret for it; called at each refusal.
         *
         * @param reason for people; printable ASCII.
         * @param until when the login is tried again.
         */
        default void paused(String smartHost, String reason, Instant until) {}

        /** A login worked again. */
        default void resumed(String smartHost) {}
    }

    /** The answer to a request. */
    public sealed interface Answer {
        /** The message may be sent; the permit must be ended. */
        record Admitted(Permit permit) implements Answer {}

        /** It may not be sent now. */
        record Suspended(Diagnosis why) implements Answer {}
    }

    /**
     * The state of a smart host.
     *
     * @param pausedSince the first refusal; empty if it is not paused.
     * @param reason of the pause; empty if it is not paused.
     * @param messages that were sent in the last 24 hours; 0 if there is no limit.
     * @param recipients likewise.
     */
    public record Status(String name, Optional<Instant> pausedSince, String reason, long messages, long recipients) {}

    /** What is known of one smart host; guarded by itself. */
    private static final class State {
        private Optional<LoginSettings> settings = Optional.empty();
        private final Map<Path, SecretFile> files = new ConcurrentHashMap<>();
        private Optional<AccessTokens> tokens = Optional.empty();
        private Optional<LoginPause> pause = Optional.empty();
        private Optional<List<Secret>> refused = Optional.empty();
        private final DayQuota quota = new DayQuota();
        private SmartHost.Limits limits = SmartHost.Limits.NONE;
    }

    /**
     * @param data the folder in which counts are kept.
     * @param http makes what asks for tokens; called when a smart host needs one.
     * @param disk reads and writes files; closed by its owner.
     */
    public SmartHostGate(Path data, Supplier<HttpClient> http, Executor disk, Clock clock) {
        this.quotas = new QuotaFile(data.resolve("smarthost-quotas"));
        this.before = quotas.read();
        this.http = http;
        this.disk = disk;
        this.clock = clock;
    }

    /** From now on this listener is told. */
    public void listener(Listener other) {
        listener = other;
    }

    /** Permission for one message. Thread-safe. */
    public final class Permit {
        private final SmartHost host;
        private final State state;
        private final Instant at;
        private final int recipients;
        private final boolean isProbe;
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final AtomicBoolean isRenewed = new AtomicBoolean();
        private volatile Optional<Login> login = Optional.empty();

        private Permit(SmartHost host, State state, int recipients, boolean isProbe) {
            this.host = host;
            this.state = state;
            this.at = clock.instant();
            this.recipients = recipients;
            this.isProbe = isProbe;
        }

        /**
         * With what to log in; to be called when the message is about to be sent, since a token is valid for a time only.
         *
         * @return the login, or nothing if the smart host needs none; completes exceptionally with a {@link LoginException}
         *     if there is no secret: the smart host is paused then.
         */
        public CompletionStage<Optional<Login>> logIn() {
            if (host.login().isEmpty()) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            Instant begun = clock.instant();
            return secret(host, state).handle((secret, failure) -> {
                if (failure != null) {
                    String why = words(failure);
                    LoginPause unused = pause(host, state, begun, why);
                    throw new CompletionException(new LoginException("smart host " + host.name() + ": " + why));
                }
                login = Optional.of(SmartHostGate.login(host, secret));
                return login;
            });
        }

        /** What {@link #logIn} or {@link #refused} gave last. */
        public Optional<Login> login() {
            return login;
        }

        /** The login was taken. */
        public void loggedIn() {
            boolean isResumed;
            synchronized (state) {
                isResumed = isProbe && state.pause.isPresent();
                if (isResumed) {
                    state.pause = Optional.empty();
                }
            }
            if (isResumed) {
                listener.resumed(host.name());
            }
        }

        /**
         * The login was refused. A token is renewed once; then, and for a password at once, the smart host is paused.
         *
         * @param reason for people.
         * @return the login to try at once; empty if the smart host is paused.
         */
        public CompletionStage<Optional<Login>> refused(String reason) {
            Optional<AccessTokens> tokens;
            synchronized (state) {
                tokens = state.tokens;
            }
            Optional<Login> used = login;
            if (used.isEmpty() || !used.get().isByToken() || tokens.isEmpty() || isRenewed.getAndSet(true)) {
                pause(host, state, at, reason);
                return CompletableFuture.completedFuture(Optional.empty());
            }
            tokens.get().refused(used.get().secret());
            return tokens.get().token().handle((token, failure) -> {
                if (failure != null) {
                    pause(host, state, at, reason + "; " + words(failure));
                    login = Optional.empty();
                    return Optional.<Login>empty();
                }
                login = Optional.of(SmartHostGate.login(host, token));
                return login;
            });
        }

        /**
         * The attempt is over; a second call has no effect.
         *
         * @param delivered to how many recipients the message was sent.
         */
        public void end(int delivered) {
            if (isOver.getAndSet(true)) {
                return;
            }
            synchronized (state) {
                if (isProbe) {
                    state.pause = state.pause.map(pause -> pause.probing(false));
                }
                if (host.limits().hasDay()) {
                    state.quota.add(at, delivered == 0 ? -1 : 0, delivered - recipients);
                }
            }
            if (host.limits().hasDay()) {
                writeLater();
            }
        }
    }

    /**
     * Asks for a permit.
     *
     * @param recipients of the message.
     * @return completes on any thread, never exceptionally.
     */
    public CompletionStage<Answer> admit(SmartHost host, int recipients) {
        State state = state(host);
        Optional<LoginPause> pause;
        boolean isProbe = false;
        synchronized (state) {
            pause = state.pause;
            if (pause.isPresent() && pause.get().isOver(clock.instant())) {
                state.pause = Optional.of(pause.get().probing(true));
                isProbe = true;
            }
        }
        if (pause.isPresent() && !isProbe) {
            return host.login().isEmpty()
                    ? CompletableFuture.completedFuture(paused(host, pause.get()))
                    : unlessNewSecret(host, state, pause.get(), recipients);
        }
        return CompletableFuture.completedFuture(reserve(host, state, recipients, isProbe));
    }

    private static Login login(SmartHost host, Secret secret) {
        LoginSettings settings = host.login().orElseThrow();
        return new Login(host.name(), settings.user(), secret, settings.mechanisms(), settings.mayBeInClear());
    }

    private CompletionStage<Secret> secret(SmartHost host, State state) {
        LoginSettings settings = host.login().orElseThrow();
        if (settings instanceof LoginSettings.Password password) {
            return read(() -> file(state, password.secret()).read());
        } else if (settings instanceof LoginSettings.Token) {
            synchronized (state) {
                return state.tokens.orElseThrow().token();
            }
        }
        throw new AssertionError(settings);
    }

    private static SecretFile file(State state, Path path) {
        return state.files.computeIfAbsent(path, SecretFile::new);
    }

    private interface Reading<T> {
        T run() throws IOException;
    }

    private <T> CompletionStage<T> read(Reading<T> reading) {
        CompletableFuture<T> done = new CompletableFuture<>();
        try {
            disk.execute(() -> {
                try {
                    done.complete(reading.run());
                } catch (IOException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    private List<Secret> secrets(State state, LoginSettings settings) {
        List<Secret> found = new ArrayList<>();
        for (Path path : settings.files()) {
            try {
                found.add(file(state, path).read());
            } catch (IOException e) {
                found.add(new Secret(""));
            }
        }
        return found;
    }

    /** A pause ends at once when an operator has changed the secret. */
    private CompletionStage<Answer> unlessNewSecret(SmartHost host, State state, LoginPause pause, int recipients) {
        return read(() -> secrets(state, host.login().orElseThrow()))
                .handle((secrets, failure) -> {
                    synchronized (state) {
                        if (failure == null
                                && state.pause.equals(Optional.of(pause))
                                && !pause.isProbing()
                                && state.refused.isPresent()
                                && !state.refused.get().equals(secrets)) {
                            state.refused = Optional.of(secrets);
                            state.pause =
                                    Optional.of(pause.over(clock.instant()).probing(true));
                            return true;
                        }
                        return false;
                    }
                })
                .thenApply(isNew -> isNew ? reserve(host, state, recipients, true) : paused(host, pause));
    }

    private Answer reserve(SmartHost host, State state, int recipients, boolean isProbe) {
        Permit permit = new Permit(host, state, recipients, isProbe);
        if (!host.limits().hasDay()) {
            return new Answer.Admitted(permit);
        }
        DayQuota.Count used;
        synchronized (state) {
            used = state.quota.used(permit.at);
            if (state.quota.hasRoom(host.limits(), recipients, permit.at)) {
                state.quota.add(permit.at, 1, recipients);
                writeLater();
                return new Answer.Admitted(permit);
            }
            if (isProbe) {
                state.pause = state.pause.map(pause -> pause.probing(false));
            }
        }
        return new Answer.Suspended(Diagnosis.ours(
                "4.4.5",
                "smart host " + host.name() + ": the quota of a day is used up, " + used.messages() + " messages to "
                        + used.recipients() + " recipients in 24 hours"));
    }

    private LoginPause pause(SmartHost host, State state, Instant begun, String why) {
        String reason = Printable.line(why, MAX_REASON);
        LoginPause next;
        synchronized (state) {
            Optional<LoginPause> earlier = state.pause;
            // What began before the pause says nothing new.
            if (earlier.isPresent() && !begun.isAfter(earlier.get().from())) {
                return earlier.get();
            }
            Instant now = clock.instant();
            next = earlier.map(pause -> pause.again(now, reason)).orElseGet(() -> LoginPause.first(now, reason));
            state.pause = Optional.of(next);
            state.refused = Optional.empty();
        }
        host.login().ifPresent(settings -> remember(state, settings));
        listener.paused(host.name(), reason, next.until());
        return next;
    }

    private void remember(State state, LoginSettings settings) {
        CompletionStage<Void> unused = read(() -> secrets(state, settings)).thenAccept(secrets -> {
            synchronized (state) {
                state.refused = Optional.of(secrets);
            }
        });
    }

    private static Answer paused(SmartHost host, LoginPause pause) {
        return new Answer.Suspended(Diagnosis.ours(
                "4.7.0", "smart host " + host.name() + " is paused since its login was refused: " + pause.reason()));
    }

    private static String words(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof LoginException) && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private State state(SmartHost host) {
        State state = states.computeIfAbsent(host.name(), this::load);
        synchronized (state) {
            state.limits = host.limits();
            if (!state.settings.equals(host.login())) {
                state.settings = host.login();
                state.pause = Optional.empty();
                state.files.clear();
                state.tokens = host.login()
                        .filter(LoginSettings.Token.class::isInstance)
                        .map(settings -> new AccessTokens(
                                (LoginSettings.Token) settings, path -> file(state, path), http.get(), disk, clock));
            }
        }
        return state;
    }

    private State load(String name) {
        State state = new State();
        before.getOrDefault(name, List.of()).forEach(line -> state.quota.put(line.hour(), line.count()));
        return state;
    }

    /** Lets the next message to each paused smart host try the login; for an operator who has changed something there. */
    public void forgetPauses() {
        for (State state : states.values()) {
            synchronized (state) {
                state.pause = state.pause.map(pause -> pause.over(clock.instant()));
            }
        }
    }

    /** The smart hosts that were used since the start, by name. */
    public List<Status> statuses() {
        Instant now = clock.instant();
        List<Status> all = new ArrayList<>();
        states.forEach((name, state) -> {
            synchronized (state) {
                DayQuota.Count used = state.limits.hasDay() ? state.quota.used(now) : DayQuota.Count.NONE;
                all.add(new Status(
                        name,
                        state.pause.map(LoginPause::since),
                        state.pause.map(LoginPause::reason).orElse(""),
                        used.messages(),
                        used.recipients()));
            }
        });
        all.sort((one, other) -> one.name().compareTo(other.name()));
        return all;
    }

    /** What operators are warned of. */
    public Optional<String> warning() {
        List<String> paused = statuses().stream()
                .filter(status -> status.pausedSince().isPresent())
                .map(status -> "smart host " + status.name() + " is paused since "
                        + status.pausedSince().orElseThrow() + ": " + status.reason())
                .toList();
        return paused.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", paused));
    }

    private void writeLater() {
        if (!isWriteDue.getAndSet(true)) {
            try {
                CompletableFuture.delayedExecutor(WRITE_DELAY.toMillis(), TimeUnit.MILLISECONDS, disk)
                        .execute(this::write);
            } catch (RejectedExecutionException e) {
                LOG.trace("closing", e);
            }
        }
    }

    private synchronized void write() {
        isWriteDue.set(false);
        Instant now = clock.instant();
        List<QuotaFile.Line> lines = new ArrayList<>();
        // What was not used since the start stays.
        before.forEach((name, known) -> {
            if (!states.containsKey(name)) {
                lines.addAll(known);
            }
        });
        states.forEach((name, state) -> {
            synchronized (state) {
                state.quota.byHour(now).forEach((hour, count) -> lines.add(new QuotaFile.Line(name, hour, count)));
            }
        });
        quotas.write(lines);
    }

    /** Writes the counts. */
    @Override
    public void close() {
        if (!states.isEmpty() || !before.isEmpty()) {
            write();
        }
    }
}
