package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.smtp.Reply;

/**
 * Whether a recipient at a local domain exists: as a user or an alias.
 *
 * @param users of the local domains.
 * @param aliases at the local domains.
 */
public record LocalRecipients(UserFile users, AliasFile aliases) {
    /** Passes whom we know, and refuses others with 550 5.1.1 (RFC 5321 §3.3). */
    public Verdict check(ForwardPath path) {
        if (aliases.isAlias(path) || users.userOf(path).isPresent()) {
            return Verdict.PASS;
        }
        return new Verdict.Answer(
                Reply.of(550, "5.1.1", path + " does not exist here (expected: a user or an alias of this server)"));
    }
}
