package dev.caravan.steps;

import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.exchange.Decisions;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.policy.AliasDirectory;
import dev.caravan.policy.AliasFile;
import dev.caravan.policy.DirectoryTimeout;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.LocalRecipients;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RecipientDirectory;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.StandardNames;
import dev.caravan.policy.TableWatch;
import dev.caravan.policy.UserFile;
import dev.caravan.steps.PolicySettings.UnsupportedAliases;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/** The recipients of the local domains, from the files of users and aliases, and the check of each recipient. */
public final class RecipientsModule implements ServerModule {
    private final UserFile users;
    private final RecipientDirectory recipients;
    private final AliasDirectory aliases;
    private final RecipientCheck check;
    private final RecipientCheckStep step;

    /**
     * Reads both files.
     *
     * @param dnsCheck checks the domains of recipients elsewhere, while there is no smart host.
     * @param tables reads the files again when they change.
     * @param answering runs what depends on a look-up that ends later; may block.
     * @throws IllegalArgumentException if a line of a file is malformed; the message names file and line.
     * @throws java.io.UncheckedIOException if a file cannot be read.
     */
    public RecipientsModule(
            ServerHome home,
            Settings settings,
            LocalDomains localDomains,
            RecipientDomainCheck dnsCheck,
            TableWatch tables,
            Executor answering,
            Decisions decisions,
            Clock clock) {
        this.users = users(home, settings, localDomains, clock).watchedBy(tables);
        AliasFile aliasFile = aliases(
                        home,
                        settings,
                        localDomains,
                        mailbox -> users.userOf(new ForwardPath(mailbox)).isPresent(),
                        clock)
                .watchedBy(tables);
        LocalRecipients local = new LocalRecipients(users, aliasFile, localDomains, tables);
        DirectoryTimeout timeout = new DirectoryTimeout(DirectoryTimeout.DEFAULT, answering);
        this.recipients = timeout.limitedRecipients(local);
        this.aliases = timeout.limitedAliases(local);
        this.step = new RecipientCheckStep(localDomains, recipients, dnsCheck, settings, decisions);
        this.check = step.check();
    }

    /** Reads the file of users, as {@link UserFile#open} does. */
    public static UserFile users(ServerHome home, Settings settings, LocalDomains localDomains, Clock clock) {
        return UserFile.open(home.places(settings.get(PolicySettings.USERS)), localDomains, clock);
    }

    /**
     * Reads the file of aliases, as {@link AliasFile#open} does.
     *
     * @param isUser whether a mailbox is that of a user.
     */
    public static AliasFile aliases(
            ServerHome home, Settings settings, LocalDomains localDomains, Predicate<Mailbox> isUser, Clock clock) {
        AliasFile.Rules rules = new AliasFile.Rules(
                localDomains,
                new StandardNames(Optional.of(settings.get(MailSettings.HOSTNAME)), isUser),
                settings.get(PolicySettings.UNSUPPORTED_ALIASES) == UnsupportedAliases.SKIP);
        return AliasFile.open(home.places(settings.get(PolicySettings.ALIASES)), rules, clock);
    }

    /** The users, as they are in the table. */
    public UserFile users() {
        return users;
    }

    /** Whether local recipients exist; each answer comes within a time limit. */
    public RecipientDirectory recipients() {
        return recipients;
    }

    /** The aliases; each answer comes within a time limit. */
    public AliasDirectory aliases() {
        return aliases;
    }

    /** The check of recipients by the settings of the start. */
    public RecipientCheck check() {
        return check;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("recipientCheck", step);
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(step);
    }
}
