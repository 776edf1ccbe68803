package dev.caravan.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * Asks one server, and accepts only complete, matching answers. A server's failure must not look like "there is none",
 * or deliverable mail would be returned. A failure also makes the caller ask the next server.
 *
 * <p>A server that does not understand EDNS is asked again without it (RFC 6891 §6.2.2, §7). For some minutes after
 * that it is asked without EDNS at once.
 */
final class StrictResolver extends SimpleResolver {
    private static final Duration TIME_WITHOUT_EDNS = Duration.ofMinutes(10);

    /** One lost packet says nothing about a server. */
    private static final int SILENCES_THAT_COUNT = 2;

    private final SimpleResolver withoutEdns;
    private final AtomicInteger silences = new AtomicInteger();
    private volatile Optional<Long> knownSince = Optional.empty();

    /**
     * A resolver for one server.
     *
     * @param timeout how long to wait for an answer, with EDNS and without.
     */
    StrictResolver(InetSocketAddress server, Duration timeout) {
        super(server);
        withoutEdns = new SimpleResolver(server);
        withoutEdns.setEDNS(null);
        setTimeout(timeout.dividedBy(2));
        withoutEdns.setTimeout(timeout.dividedBy(2));
    }

    /** Notes that a server seems not to know EDNS. */
    private static final class EdnsFailure extends IOException {
        private static final long serialVersionUID = 1L;

        EdnsFailure(String objection) {
            super(objection);
        }
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
        if (isKnownToLackEdns()) {
            return withoutEdns.sendAsync(query, executor).thenCompose(answer -> checked(answer, false));
        }
        return super.sendAsync(query, executor)
                .thenCompose(answer -> checked(answer, true))
                .handle((answer, failure) -> {
                    if (failure == null) {
                        silences.set(0);
                        return CompletableFuture.completedStage(answer);
                    }
                    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
                            ? failure.getCause()
                            : failure;
                    return cause instanceof FinalObjection
                            ? CompletableFuture.<Message>failedStage(cause)
                            : withoutEdns
                                    .sendAsync(query, executor)
                                    .thenCompose(answered -> checked(answered, false))
                                    .whenComplete((answered, again) -> learn(cause, again));
                })
                .thenCompose(Function.identity());
    }

    private boolean isKnownToLackEdns() {
        return knownSince
                .filter(since -> System.nanoTime() - since < TIME_WITHOUT_EDNS.toNanos())
                .isPresent();
    }

    /** The server gave no answer to EDNS. Its answer without EDNS shows whether that was the reason. */
    private void learn(Throwable withEdns, @Nullable Throwable without) {
        boolean isSilence = !(withEdns instanceof EdnsFailure);
        if (without == null && (!isSilence || silences.incrementAndGet() >= SILENCES_THAT_COUNT)) {
            knownSince = Optional.of(System.nanoTime());
        }
    }

    private static CompletionStage<Message> checked(Message answer, boolean wasEdnsAsked) {
        String objection = objection(answer);
        if (objection.isEmpty()) {
            return CompletableFuture.completedStage(answer);
        }
        int rcode = answer.getRcode();
        // Some servers copy the OPT record of a query that they do not understand into their answer.
        boolean isOfForm = rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP;
        boolean isOfRefusal = answer.getOPT() == null && (rcode == Rcode.SERVFAIL || rcode == Rcode.REFUSED);
        boolean isOfEdns = wasEdnsAsked && (isOfForm || isOfRefusal);
        boolean isOfVersion = wasEdnsAsked && rcode == Rcode.BADVERS;
        return CompletableFuture.failedStage(
                isOfEdns || isOfVersion ? new EdnsFailure(objection) : new FinalObjection(objection));
    }

    /** Why an answer cannot be used, however the server is asked; empty if it can. */
    private static final class FinalObjection extends IOException {
        private static final long serialVersionUID = 1L;

        FinalObjection(String objection) {
            super(objection);
        }
    }

    private static String objection(Message answer) {
        int rcode = answer.getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            return "server answered " + Rcode.string(rcode);
        }
        if (answer.getHeader().getFlag(Flags.TC)) {
            // Also by TCP, which was tried after UDP: the missing part may be all of the answer.
            return "server answered in part";
        }
        List<Record> records = answer.getSection(Section.ANSWER);
        Name asked = answer.getQuestion().getName();
        if (records.isEmpty()) {
            return rcode == Rcode.NOERROR && isReferral(answer) ? "server answered with a referral" : "";
        }
        boolean belongs =
                records.stream().anyMatch(record -> record.getName().equals(asked) || record.getType() == Type.DNAME);
        return belongs ? "" : "server answered about another name";
    }

    private static boolean isReferral(Message answer) {
        List<Record> authority = answer.getSection(Section.AUTHORITY);
        return !answer.getHeader().getFlag(Flags.AA)
                && authority.stream().anyMatch(record -> record.getType() == Type.NS)
                && authority.stream().noneMatch(record -> record.getType() == Type.SOA);
    }
}
