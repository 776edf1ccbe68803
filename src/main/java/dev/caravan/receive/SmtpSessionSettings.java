package dev.caravan.receive;

import dev.caravan.accounts.AuthSettings;
import dev.caravan.auth.Logins;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Settings;
import dev.caravan.delivery.OwnAddresses;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.policy.LocalDomains;
import dev.caravan.receive.SmtpSettings.BareLf;
import dev.caravan.session.Admission;
import dev.caravan.session.AuthTerms;
import dev.caravan.session.SessionLimits;
import dev.caravan.session.SessionTerms;
import dev.caravan.session.Tolerance;
import dev.caravan.smtp.AddressCompletion;
import dev.caravan.store.MessageSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Reads the settings of SMTP sessions. */
public final class SmtpSessionSettings {
    private SmtpSessionSettings() {}

    /** The terms of sessions that begin from now on, for each kind of listener. */
    public static Map<ListenerKind, SessionTerms> terms(Settings settings, Logins logins) {
        SessionLimits limits = limits(settings);
        Map<ListenerKind, SessionTerms> terms = new EnumMap<>(ListenerKind.class);
        for (ListenerKind kind : ListenerKind.values()) {
            terms.put(
                    kind,
                    new SessionTerms(
                            kind,
                            settings.get(MailSettings.HOSTNAME),
                            limits,
                            tolerance(kind, settings),
                            admission(kind, settings, logins),
                            auth(kind, settings, logins)));
        }
        return Collections.unmodifiableMap(terms);
    }

    /** How clients authenticate; other mail servers do not, unless a setting says so. */
    private static AuthTerms auth(ListenerKind kind, Settings settings, Logins logins) {
        return kind.isForSubmission() || settings.get(AuthSettings.ON_SMTP)
                ? new AuthTerms(
                        settings.get(AuthSettings.MECHANISMS),
                        settings.get(AuthSettings.REQUIRE_TLS),
                        settings.get(AuthSettings.MAX_TRIES),
                        logins.authenticator())
                : AuthTerms.NONE;
    }

    private static Admission admission(ListenerKind kind, Settings settings, Logins logins) {
        return new ListenerAdmission(
                kind,
                settings.get(SmtpSettings.REQUIRE_AUTH) ? Networks.NONE : settings.get(MailSettings.RELAY_NETWORKS),
                settings.get(SmtpSettings.DEVICE_NETWORKS),
                settings.get(SmtpSettings.DEVICE_SENDERS),
                logins.rights(),
                settings.get(SmtpSettings.XCLIENT_NETWORKS));
    }

    /** How far clients may deviate from the RFC. Those at a listener for submission or devices are the operator's own. */
    private static Tolerance tolerance(ListenerKind kind, Settings settings) {
        Networks relaying = settings.get(MailSettings.RELAY_NETWORKS);
        LocalDomains localDomains = new LocalDomains(MailSettings.localDomains(settings));
        Optional<AddressCompletion> completion = settings.get(SmtpSettings.COMPLETE_ADDRESSES)
                ? Optional.of(new AddressCompletion(
                        settings.get(MailSettings.HOSTNAME), localDomains::contains, OwnAddresses::isOfThisMachine))
                : Optional.empty();
        return new Tolerance(
                settings.get(SmtpSettings.STRICT_HELO),
                client -> kind.isForSubmission() || relaying.contains(client),
                completion,
                settings.get(SmtpSettings.BARE_LF) == BareLf.REPAIR
                        && (kind == ListenerKind.SMTP || kind == ListenerKind.DEVICES));
    }

    /** The limits of each session. */
    public static SessionLimits limits(Settings settings) {
        SessionLimits.Times times = SessionLimits.Times.DEFAULT;
        return new SessionLimits(
                new SessionLimits.Connections(
                        settings.get(SmtpSettings.MAX_CONNECTIONS),
                        settings.get(SmtpSettings.MAX_CONNECTIONS_PER_ADDRESS)),
                new SessionLimits.Patience(
                        settings.get(SmtpSettings.MAX_ERRORS), settings.get(SmtpSettings.MAX_JUNK_COMMANDS)),
                new SessionLimits.PerMail(
                        settings.get(MessageSettings.MAX_RECIPIENTS),
                        settings.get(MessageSettings.MAX_SIZE),
                        settings.get(MessageSettings.MAX_LINE),
                        settings.get(SmtpSettings.LONGEST_HOLD).orElse(Duration.ZERO)),
                new SessionLimits.Times(
                        settings.get(SmtpSettings.IDLE_TIMEOUT),
                        settings.get(SmtpSettings.COMMAND_TIMEOUT),
                        times.content(),
                        times.slowestRate(),
                        settings.get(SmtpSettings.POLICY_TIMEOUT),
                        times.farewell()));
    }
}
