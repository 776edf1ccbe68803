package dev.caravan.submit;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.policy.AliasExpansion.Reached;
import dev.caravan.policy.ChooseNextHop;
import dev.caravan.policy.Destinations;
import dev.caravan.queue.NextHop;
import dev.caravan.submit.RoutedMail.RoutedRecipient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;

/**
 * Step {@code choose-transport} of {@code direct:submit}: gives each recipient its next hop, by what the operator's rules in
 * {@code direct:destinations} have chosen and otherwise by {@link ChooseNextHop}. Recipients that a rule has added are
 * expanded here. The body becomes a {@link RoutedMail}.
 */
public final class ChooseTransport extends StageStep<RoutedMail> implements NonBlockingStep.ReadsHeader {
    private final Supplier<ChooseNextHop> rules;
    private final ExpandAliases aliases;
    private final Decisions decisions;

    /**
     * @param rules is asked for the present rule once for each message.
     * @param aliases expands what was not expanded before.
     */
    public ChooseTransport(Supplier<ChooseNextHop> rules, ExpandAliases aliases, Decisions decisions) {
        this.decisions = decisions;
        this.rules = rules;
        this.aliases = aliases;
    }

    @Override
    CompletionStage<RoutedMail> ask(Exchange exchange) throws InvalidPayloadException {
        MailObject mail = exchange.getMessage().getMandatoryBody(MailObject.class);
        MailExchange view = MailExchange.of(exchange);
        ExpandedMail expanded = ExpandedMail.in(view, mail.id())
                .orElseThrow(() -> new IllegalStateException(
                        "the aliases of " + mail.id() + " are not expanded (expected: the step expandAliases before)"));
        return route(mail, expanded, view.destinations(), view.copies());
    }

    @Override
    void answered(RoutedMail routed, Exchange exchange) {
        if (decisions.isWanted()) {
            Destinations choices = MailExchange.of(exchange).destinations();
            ChooseNextHop rule = rules.get();
            for (RoutedRecipient recipient : routed.recipients()) {
                ForwardPath path = recipient.reached().recipient().path();
                NextHop hop = recipient.nextHop();
                decisions.report(
                        exchange,
                        "chooseTransport",
                        path,
                        hop.transport() + ":" + hop.destination(),
                        rule.rule(path, routed.mail().envelope().reversePath(), choices));
            }
        }
        exchange.getMessage().setBody(routed);
    }

    /**
     * Gives each recipient its next hop.
     *
     * @param mail with its present recipients and content.
     * @param expanded the same message, expanded.
     * @param choices the operator's.
     * @param copies which of the recipients the operator has added, as {@link Mailbox#key} writes them.
     * @return completes exceptionally as the expansion of recipients that were added later does.
     */
    CompletionStage<RoutedMail> route(
            MailObject mail, ExpandedMail expanded, Destinations choices, Set<String> copies) {
        List<Recipient> present = mail.envelope().recipients();
        Optional<List<Reached>> unchanged = expanded.unchanged(present);
        if (unchanged.isPresent()) {
            return CompletableFuture.completedFuture(routed(mail, expanded, unchanged.get(), choices));
        }
        Map<ForwardPath, CompletableFuture<ExpandedMail>> added = new LinkedHashMap<>();
        for (Recipient recipient : present) {
            if (expanded.reached(recipient.path()).isEmpty()) {
                MailObject alone = mail.withEnvelope(mail.envelope().withRecipients(List.of(recipient)));
                added.put(recipient.path(), aliases.expand(alone).toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(added.values().toArray(CompletableFuture[]::new))
                .thenApply(unused -> {
                    Map<ForwardPath, Reached> all = new LinkedHashMap<>();
                    for (Recipient recipient : present) {
                        CompletableFuture<ExpandedMail> later = added.get(recipient.path());
                        if (later != null) {
                            added(recipient, later.join(), copies)
                                    .filter(reached -> expanded.reached(
                                                    reached.recipient().path())
                                            .isEmpty())
                                    .forEach(reached ->
                                            all.putIfAbsent(reached.recipient().path(), reached));
                            continue;
                        }
                        // The recipient itself, since a rule may have changed what its sender wishes.
                        expanded.reached(recipient.path())
                                .ifPresent(reached -> all.put(recipient.path(), reached.as(recipient)));
                    }
                    return routed(mail, expanded, List.copyOf(all.values()), choices);
                });
    }

    /** Who is reached by a recipient that was added; a copy says so like an alias, so that it is not made again. */
    private static Stream<Reached> added(Recipient recipient, ExpandedMail expanded, Set<String> copies) {
        String key = recipient.path().mailbox().key();
        List<Reached> all = new ArrayList<>();
        for (Reached reached : expanded.expansion().recipients()) {
            List<String> way = new ArrayList<>(reached.aliases());
            if (copies.contains(key) && !way.contains(key)) {
                way.add(0, key);
            }
            all.add(new Reached(reached.recipient(), way, reached.owner()));
        }
        return all.stream();
    }

    private RoutedMail routed(MailObject mail, ExpandedMail expanded, List<Reached> recipients, Destinations choices) {
        ChooseNextHop rule = rules.get();
        List<RoutedRecipient> repeated = expanded.expansion().again().stream()
                .map(recipient -> new Reached(recipient, List.of(), Optional.empty()))
                .map(reached -> routed(mail, reached, rule, choices))
                .filter(recipient -> recipient.nextHop().transport().equals(ChooseNextHop.LOCAL))
                .toList();
        return new RoutedMail(
                expanded.submitted().withContent(mail.content()),
                mail,
                recipients.stream()
                        .map(reached -> routed(mail, reached, rule, choices))
                        .toList(),
                repeated,
                expanded.expansion().expanded(),
                expanded.expansion().returned(),
                expanded.expansion().looping());
    }

    private static RoutedRecipient routed(MailObject mail, Reached reached, ChooseNextHop rule, Destinations choices) {
        ReversePath sender = mail.envelope().reversePath();
        return new RoutedRecipient(reached, rule.choose(reached.recipient().path(), sender, choices));
    }
}
