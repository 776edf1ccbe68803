package dev.caravan.auth;

import dev.caravan.mail.Domain;
import dev.caravan.mail.Mailbox;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Looks users up in a table of credentials. Each look-up of a name costs the same whether it exists or not. Thread-safe;
 * {@link #check} computes for tens of milliseconds, nothing else blocks.
 */
public final class CredentialDirectory {
    private static final int SALT = 16;

    private final Supplier<CredentialTable> table;
    private final Predicate<Domain> isLocal;
    private final SecretKeySpec secret;
    private final Clock clock;
    private final RecentLogins recent;
    /** Checked for users when there is no other hash. */
    private final PasswordHash nobody = PasswordHash.of(Passwords.random());

    /**
     * @param table the present one.
     * @param isLocal whose users may leave out the domain.
     * @param secret makes what unknown users get; the same after a restart.
     * @param remembered how long a password that was right is not computed again; zero for never.
     */
    public CredentialDirectory(
            Supplier<CredentialTable> table,
            Predicate<Domain> isLocal,
            byte[] secret,
            Duration remembered,
            Clock clock) {
        this.table = table;
        this.isLocal = isLocal;
        this.secret = new SecretKeySpec(secret, "HmacSHA256");
        this.clock = clock;
        this.recent = new RecentLogins(remembered, clock);
    }

    /** The name by which limits know a user: that of the table, or as given. */
    public String nameOf(String given) {
        return table.get().find(given, isLocal).map(Account::name).orElse(given);
    }

    /** Whether the user has a line and is disabled in it. */
    public boolean isDisabled(String name) {
        return table.get().find(name, isLocal).map(Account::isDisabled).orElse(false);
    }

    /**
     * Checks a password that was right before, without a calculation that takes time: those who log in often do not wait
     * behind a crowd that guesses.
     *
     * @return empty if it has to be checked.
     */
    public Optional<LoginAnswer> remembered(String name, Secret password, InetAddress address) {
        Optional<Account> found = table.get().find(name, isLocal);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Account account = found.get();
        for (AppPassword app : account.apps()) {
            if (recent.has(app.hash(), password)) {
                return Optional.of(accepted(account, Optional.of(app.label()), address));
            }
        }
        return account.hash()
                .filter(hash -> recent.has(hash, password))
                .map(hash -> accepted(account, Optional.empty(), address));
    }

    /**
     * Checks a password.
     *
     * @return empty if there is no such user.
     */
    public Optional<LoginAnswer> check(String name, Secret password, InetAddress address) {
        Optional<Account> found = table.get().find(name, isLocal);
        if (found.isEmpty()) {
            sample(name).flatMap(Account::hash).orElse(nobody).matches(password);
            return Optional.empty();
        }
        Account account = found.get();
        for (AppPassword app : account.apps()) {
            if (app.hash().matches(password)) {
                recent.add(app.hash(), password);
                return Optional.of(accepted(account, Optional.of(app.label()), address));
            }
        }
        PasswordHash hash = account.hash().orElse(nobody);
        boolean isRecent = recent.has(hash, password);
        boolean isRight = (isRecent || hash.matches(password)) && account.hash().isPresent();
        if (!isRight) {
            return Optional.of(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
        }
        recent.add(hash, password);
        return Optional.of(accepted(account, Optional.empty(), address));
    }

    /** The keys of a user for clients at that address; for an unknown one those that nobody has. */
    public ScramKeys keys(String name, ScramHash hash, InetAddress address) {
        Optional<Account> found = table.get().find(name, isLocal);
        Optional<StoredScram> stored =
                found.flatMap(account -> Optional.ofNullable(account.scram().get(hash)));
        if (stored.isEmpty()) {
            int iterations = sample(name)
                    .flatMap(account -> Optional.ofNullable(account.scram().get(hash)))
                    .map(StoredScram::iterations)
                    .orElse(ScramKeys.DEFAULT_ITERATIONS);
            return new ScramKeys(hash, iterations, Arrays.copyOf(digest(hash.scheme(), name), SALT), List.of());
        }
        List<ScramKeys.Key> keys = new ArrayList<>();
        keys.add(key(Optional.empty(), stored.get().keys()));
        for (AppPassword app : found.get().apps()) {
            app.keys().stream()
                    .filter(key -> key.hash() == hash)
                    .forEach(key -> keys.add(key(Optional.of(app.label()), key)));
        }
        return new ScramKeys(hash, stored.get().iterations(), stored.get().salt(), keys);
    }

    private static ScramKeys.Key key(Optional<String> credential, StoredScram.Keys keys) {
        return new ScramKeys.Key(credential, keys.stored(), keys.server());
    }

    /** The answer to a user who has proved to know that key. */
    public LoginAnswer proven(String name, Optional<ScramKeys.Key> proven, InetAddress address) {
        Optional<Account> found = table.get().find(name, isLocal);
        return found.isPresent() && proven.isPresent()
                ? accepted(found.get(), proven.get().credential(), address)
                : new LoginAnswer.Refused(LoginFailure.CREDENTIALS);
    }

    /** The user whom a certificate names. */
    public LoginAnswer named(PeerCertificate certificate, String wanted, InetAddress address) {
        List<String> names = new ArrayList<>(certificate.emails());
        names.add(certificate.commonName());
        Optional<Account> certified = names.stream()
                .filter(name -> !name.isEmpty())
                .flatMap(name -> table.get().find(name, isLocal).stream())
                .filter(account -> wanted.isEmpty() || account.key().equals(Account.key(nameOf(wanted))))
                .findFirst();
        return certified
                .map(account -> accepted(account, Optional.empty(), address))
                .orElseGet(() -> new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
    }

    private LoginAnswer accepted(Account account, Optional<String> label, InetAddress address) {
        if (account.isDisabled()) {
            return new LoginAnswer.Refused(LoginFailure.DISABLED);
        }
        Optional<AppPassword> app = label.flatMap(account::app);
        if (label.isPresent() && app.isEmpty()) {
            return new LoginAnswer.Refused(LoginFailure.CREDENTIALS);
        }
        if (app.isPresent() && app.get().isExpired(clock.instant())) {
            return new LoginAnswer.Refused(LoginFailure.EXPIRED);
        }
        if (app.isPresent() && !app.get().isValidFrom(address)) {
            return new LoginAnswer.Refused(LoginFailure.NETWORK);
        }
        String key = account.key();
        String credential = app.map(AppPassword::text).orElseGet(() -> text(account));
        return new LoginAnswer.Accepted(account.name(), label, () -> !isValid(key, label, credential));
    }

    private static String text(Account account) {
        return account.hash().map(PasswordHash::text).orElse("");
    }

    private boolean isValid(String key, Optional<String> label, String credential) {
        Optional<Account> now = table.get().account(key).filter(account -> !account.isDisabled());
        if (label.isEmpty()) {
            return now.isPresent() && text(now.get()).equals(credential);
        }
        return now.flatMap(account -> account.app(label.get()))
                .filter(app -> app.text().equals(credential) && !app.isExpired(clock.instant()))
                .isPresent();
    }

    /** A user like others, to whom an unknown one is compared; always the same for a name. */
    private Optional<Account> sample(String name) {
        List<Account> all = table.get().accounts();
        return all.isEmpty()
                ? Optional.empty()
                : Optional.of(all.get(Math.floorMod(Arrays.hashCode(digest("sample", name)), all.size())));
    }

    private byte[] digest(String what, String name) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return mac.doFinal((what + "\0" + name.toLowerCase(Locale.ROOT)).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * As whom users may send: as themselves, and as the table lists; with an application password only as those of its
     * senders, if it has any. Nobody with an application password that is removed.
     *
     * @param isAnySender whether users may send as anyone, within the senders of an application password.
     */
    public SenderRights rights(Supplier<SenderTable> senders, BooleanSupplier isAnySender) {
        return (who, sender) -> isWithinCredential(who, sender)
                && (isAnySender.getAsBoolean()
                        || SenderTable.isOwn(who.user(), sender, isLocal)
                        || senders.get().lists(who.user(), sender));
    }

    private boolean isWithinCredential(Identity who, Mailbox sender) {
        return who.credential().isEmpty()
                || table.get()
                        .account(Account.key(who.user()))
                        .flatMap(account -> account.app(who.credential().get()))
                        .filter(app -> app.senders().isEmpty()
                                || app.senders().stream()
                                        .map(SenderPattern::parse)
                                        .anyMatch(pattern -> pattern.matches(sender)))
                        .isPresent();
    }
}
