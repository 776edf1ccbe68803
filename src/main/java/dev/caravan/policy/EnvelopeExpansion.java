package dev.caravan.policy;

import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.AliasExpansion.Reached;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Follows the aliases among the recipients of one message; lives for one call. */
final class EnvelopeExpansion {
    /** One mailbox is reported on at most so often for one message; each further report costs a queue item. */
    static final int MAX_REPORTS = 20;

    private final AliasTable table;
    private final Envelope envelope;
    private final Supplier<ForwardTrace> trace;
    private final Map<ForwardPath, Reached> found = new LinkedHashMap<>();
    private final List<Recipient> again = new ArrayList<>();
    private final List<Recipient> expanded = new ArrayList<>();
    private final List<Recipient> returned = new ArrayList<>();
    private final List<Recipient> looping = new ArrayList<>();

    EnvelopeExpansion(AliasTable table, Envelope envelope, Supplier<ForwardTrace> trace) {
        this.table = table;
        this.envelope = envelope;
        this.trace = trace;
    }

    AliasExpansion expand() {
        List<Recipient> aliases = new ArrayList<>();
        for (Recipient recipient : envelope.recipients()) {
            if (table.has(recipient.path().mailbox())) {
                aliases.add(recipient);
            } else {
                found.put(recipient.path(), new Reached(recipient, List.of()));
            }
        }
        if (!aliases.isEmpty()) {
            ForwardTrace before = trace.get();
            aliases.forEach(alias -> follow(alias, before));
        }
        return new AliasExpansion(List.copyOf(found.values()), again, expanded, returned, looping);
    }

    private void follow(Recipient alias, ForwardTrace before) {
        ReversePath sender = envelope.reversePath();
        AliasTable.Walk walk = table.walk(alias.path().mailbox(), address -> before.isLoop(address, sender));
        if (walk.ends().isEmpty() && !walk.loops().isEmpty()) {
            (walk.loops().stream().anyMatch(before::isStored) ? returned : looping).add(alias);
            return;
        }
        boolean isExpanded = walk.ends().size() > 1;
        if (isExpanded) {
            expanded.add(alias);
        }
        for (AliasTable.End end : walk.ends()) {
            add(AliasFile.behind(alias, end.path(), isExpanded), end.aliases());
        }
    }

    private void add(Recipient recipient, List<String> aliases) {
        Reached earlier = found.putIfAbsent(recipient.path(), new Reached(recipient, aliases));
        if (earlier == null) {
            return;
        }
        Notify wanted = earlier.recipient().notification();
        boolean saysMore = recipient.notification().asked().isPresent()
                || !recipient.notification().equals(wanted);
        if (!saysMore) {
            return;
        }
        if (table.isLocal(recipient.path().mailbox()) && again.size() < MAX_REPORTS) {
            again.add(recipient);
            return;
        }
        // Elsewhere a second recipient would be a second copy.
        Recipient both = new Recipient(
                recipient.path(),
                union(wanted, recipient.notification()),
                earlier.recipient().original());
        found.put(recipient.path(), new Reached(both, earlier.aliases()));
    }

    private static Notify union(Notify first, Notify second) {
        if (first.equals(second)) {
            return first;
        }
        Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        for (Condition condition : Condition.values()) {
            if (first.wants(condition) || second.wants(condition)) {
                conditions.add(condition);
            }
        }
        return new Notify(Optional.of(conditions));
    }
}
