package dev.caravan.policy;

import dev.caravan.mail.Mailbox;
import java.util.List;
import java.util.Optional;

/**
 * An address that stands for others.
 *
 * @param name as the directory has it, for error texts.
 * @param address {@code local-part@domain} in lower case: the address that was looked up, without a detail that the
 *     directory does not know. Two look-ups that give the same name and address give the same alias.
 * @param targets at least one, in the order of the directory.
 * @param owner gets the reports about a message that this alias, a list, sends on (RFC 5321 §3.9.2); empty if the
 *     sender does.
 */
public record Alias(String name, String address, List<Target> targets, Optional<Mailbox> owner) {
    /**
     * One address that an alias stands for.
     *
     * @param isFinal whether it is not expanded further, even if there is an alias of that name.
     */
    public record Target(Mailbox mailbox, boolean isFinal) {}

    public Alias {
        targets = List.copyOf(targets);
    }
}
