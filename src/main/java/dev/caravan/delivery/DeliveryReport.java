package dev.caravan.delivery;

import dev.caravan.mail.ForwardPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The result of each recipient in one delivery attempt, and the replies of the remote hosts that were tried. Immutable.
 *
 * @param at when the attempt ended.
 * @param results one for each recipient of the attempt; settling treats a missing one as deferred.
 * @param hosts the remote hosts that were tried, in order, of each recipient domain; empty for a transport without
 *     remote hosts. At most {@link #MAX_HOSTS}, and as many as have {@link #MAX_ANSWERS} answers together: of more, the
 *     first and the last are kept.
 */
public record DeliveryReport(Instant at, List<RecipientResult> results, List<HostAttempt> hosts) {
    /** The most hosts that are kept. */
    public static final int MAX_HOSTS = 20;
    /** The most answers of hosts that are kept, each up to about 1 KiB; those of one host are kept whole. */
    public static final int MAX_ANSWERS = 400;

    public DeliveryReport {
        results = List.copyOf(results);
        hosts = bounded(hosts);
    }

    /** The report of a transport without remote hosts. */
    public DeliveryReport(Instant at, List<RecipientResult> results) {
        this(at, results, List.of());
    }

    /**
     * One result for each recipient that has any. If the report contradicts itself, the result that avoids a second
     * copy is preferred, then the one that avoids a loss.
     */
    public Map<ForwardPath, RecipientResult> resultByRecipient() {
        Map<ForwardPath, RecipientResult> byRecipient = new HashMap<>();
        for (RecipientResult result : results) {
            byRecipient.merge(result.recipient(), result, (a, b) -> rank(b) < rank(a) ? b : a);
        }
        return byRecipient;
    }

    private static int rank(RecipientResult result) {
        if (result instanceof RecipientResult.Delivered) {
            return 0;
        } else if (result instanceof RecipientResult.Deferred) {
            return 1;
        } else if (result instanceof RecipientResult.NotAttempted) {
            return 2;
        } else if (result instanceof RecipientResult.Failed) {
            return 3;
        }
        throw new AssertionError(result);
    }

    /** The remote hosts that were asked about one recipient, in order, each with its answer about this recipient only. */
    public List<HostAttempt> hostsTriedFor(ForwardPath recipient) {
        return hosts.stream()
                .map(host -> host.about(recipient))
                .flatMap(Optional::stream)
                .toList();
    }

    /** How many results and answers the report holds: a measure of its size in memory. */
    public int size() {
        return results.size() + answers(hosts);
    }

    private static List<HostAttempt> bounded(List<HostAttempt> hosts) {
        List<HostAttempt> kept = new ArrayList<>(hosts);
        bound(kept);
        return List.copyOf(kept);
    }

    /** Removes hosts from the middle until no more are left than a report keeps. */
    static void bound(List<HostAttempt> hosts) {
        while (hosts.size() > 1 && (hosts.size() > MAX_HOSTS || answers(hosts) > MAX_ANSWERS)) {
            hosts.remove(hosts.size() / 2);
        }
    }

    private static int answers(List<HostAttempt> hosts) {
        return hosts.stream().mapToInt(host -> host.answers().size()).sum();
    }
}
