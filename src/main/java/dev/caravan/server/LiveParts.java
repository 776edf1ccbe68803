package dev.caravan.server;

import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.delivery.OwnAddresses;
import dev.caravan.exchange.Decisions;
import dev.caravan.mail.Domain;
import dev.caravan.net.Networks;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.policy.RelayControl;
import dev.caravan.receive.PolicyReplies;
import dev.caravan.receive.RouteExecutor;
import dev.caravan.receive.SmtpListenerInitializer;
import dev.caravan.session.SessionLimits;
import dev.caravan.session.SessionSetup;
import dev.caravan.session.SessionTerms;
import dev.caravan.session.Tolerance;
import dev.caravan.smtp.AddressCompletion;
import dev.caravan.steps.HopLimit;
import dev.caravan.steps.RecipientCheckStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Makes those parts that take over settings while the server runs, and tells them; see {@link Setting#isLive}. */
final class LiveParts {
    private final List<Consumer<Settings>> parts = new ArrayList<>();

    SmtpListenerInitializer server(Domain host, SessionSetup setup, RouteExecutor threads, PolicyReplies answers) {
        SmtpListenerInitializer server = new SmtpListenerInitializer(setup, threads, answers);
        parts.add(settings -> server.use(new SessionSetup(
                new SessionTerms(host, limits(settings), tolerance(settings)),
                setup.sinks(),
                setup.registry(),
                setup.listener(),
                setup.clock(),
                setup.random())));
        return server;
    }

    RecipientCheckStep recipients(RecipientCheck check, Decisions decisions) {
        RecipientCheckStep step = new RecipientCheckStep(check, decisions);
        parts.add(settings -> step.use(new RecipientCheck(
                new RelayControl(check.relayControl().localDomains(), settings.networks(Setting.RELAY_NETWORKS)),
                check.localRecipients(),
                check.domainCheck())));
        return step;
    }

    HopLimit hops(Settings first, Decisions decisions) {
        HopLimit limit = new HopLimit(first.count(Setting.MAX_HOPS), decisions);
        parts.add(settings -> limit.use(settings.count(Setting.MAX_HOPS)));
        return limit;
    }

    /** These settings count from now on. */
    void apply(Settings settings) {
        parts.forEach(part -> part.accept(settings));
    }

    /** How far clients may depart from the RFC. */
    static Tolerance tolerance(Settings settings) {
        Networks own = settings.networks(Setting.RELAY_NETWORKS);
        LocalDomains localDomains = settings.localDomains();
        Optional<AddressCompletion> completion = settings.flag(Setting.COMPLETE_ADDRESSES)
                ? Optional.of(new AddressCompletion(
                        settings.domain(Setting.HOSTNAME), localDomains::contains, OwnAddresses::isOfThisMachine))
                : Optional.empty();
        return new Tolerance(
                settings.flag(Setting.STRICT_HELO), own::contains, completion, settings.flag(Setting.BARE_LF));
    }

    /** The limits of each session. */
    static SessionLimits limits(Settings settings) {
        SessionLimits.Times times = SessionLimits.Times.DEFAULT;
        return new SessionLimits(
                new SessionLimits.Connections(
                        settings.count(Setting.MAX_CONNECTIONS), settings.count(Setting.MAX_CONNECTIONS_PER_ADDRESS)),
                new SessionLimits.Patience(
                        settings.count(Setting.MAX_ERRORS), settings.count(Setting.MAX_JUNK_COMMANDS)),
                new SessionLimits.PerMail(
                        settings.count(Setting.MAX_RECIPIENTS), settings.octets(Setting.MAX_SIZE), (int)
                                Math.min(Integer.MAX_VALUE, settings.octets(Setting.MAX_LINE))),
                new SessionLimits.Times(
                        settings.duration(Setting.IDLE_TIMEOUT),
                        settings.duration(Setting.COMMAND_TIMEOUT),
                        times.content(),
                        times.slowestRate(),
                        settings.duration(Setting.ANSWER_TIMEOUT),
                        times.farewell()));
    }
}
