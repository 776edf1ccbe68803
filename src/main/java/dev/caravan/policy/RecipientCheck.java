package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The built-in answer to RCPT: mail for local domains is taken from anyone if the recipient exists; mail for other
 * domains is taken from the relay networks if the domain can get mail.
 *
 * @param relayControl whose mail may go where.
 * @param localRecipients who exists here.
 * @param domainCheck whether other domains take mail.
 */
public record RecipientCheck(
        RelayControl relayControl, LocalRecipients localRecipients, RecipientDomainCheck domainCheck) {
    /**
     * Passes or refuses with 550: 5.1.1, 5.1.2, 5.1.10 or 5.7.1; 451 if it is not certain that a local recipient does
     * not exist. Waits neither for the DNS nor for the disk.
     *
     * @param client the address at the other end of the connection.
     */
    public CompletionStage<Verdict> check(InetAddress client, ForwardPath path) {
        RelayDecision decision = relayControl.decide(client, path);
        if (decision instanceof RelayDecision.Local) {
            return localRecipients.check(path);
        }
        if (decision instanceof RelayDecision.Relay) {
            return domainCheck.check(path);
        }
        if (decision instanceof RelayDecision.Refused refused) {
            return CompletableFuture.completedFuture(new Verdict.Answer(refused.reply()));
        }
        throw new AssertionError(decision);
    }
}
