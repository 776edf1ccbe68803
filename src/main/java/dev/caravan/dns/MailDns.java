package dev.caravan.dns;

import dev.caravan.mail.Domain;
import java.util.concurrent.CompletionStage;

/**
 * Asks the DNS for mail hosts and their addresses. Every answer is a value: no stage completes exceptionally, whatever
 * a server sends or does not send, and no thread waits. Dependents may run on a thread that other lookups need, so they
 * must not block.
 */
public interface MailDns {
    /**
     * The hosts that accept mail for a domain (RFC 5321 §5.1). An address literal needs no lookup:
     * {@link MxAnswer.Implicit}.
     *
     * @param domain any domain.
     */
    CompletionStage<MxAnswer> mx(Domain domain);

    /**
     * The addresses of a host, of both families.
     *
     * @param hostName a name without its final dot.
     */
    CompletionStage<AddressAnswer> addresses(String hostName);

    /** Forgets all answers, because the clock was set and their age is unknown. */
    default void forgetAnswers() {}
}
