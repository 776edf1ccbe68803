package dev.caravan.source.sendmail;

import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.policy.RecipientCheck;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.SourceSettings;
import dev.caravan.source.SubmissionsInHand;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes mail of the command {@code bin/sendmail}, if {@code sendmail.folder} is set. */
public final class SendmailModule implements ServerModule {
    private static final Logger LOG = LoggerFactory.getLogger(SendmailModule.class);

    private final Optional<Path> folder;
    private final IdempotentSubmitter submitter;
    private final SendmailSubmitter sendmailSubmitter;
    private final SubmissionsInHand.Limits limits;
    private Optional<SendmailServer> server = Optional.empty();

    /** @param recipients which recipients exist. */
    public SendmailModule(
            ServerHome home, Settings settings, IdempotentSubmitter submitter, RecipientCheck recipients) {
        this.folder = settings.get(SendmailSettings.FOLDER).map(home.folder()::resolve);
        this.submitter = submitter;
        this.limits = SourceSettings.limits(settings);
        this.sendmailSubmitter = new SendmailSubmitter(
                submitter, recipients, settings.get(MailSettings.HOSTNAME).text());
    }

    /**
     * Serves the command from now on; logs a warning if that is not possible.
     *
     * @param route takes the messages.
     * @param smtp where the server listens.
     */
    public void serve(IdempotentSubmitter.Target route, InetSocketAddress smtp) {
        if (folder.isEmpty()) {
            return;
        }
        try {
            SendmailServer opened = new SendmailServer(folder.get(), sendmailSubmitter, smtp, limits, submitter::doubt);
            opened.serve(route);
            server = Optional.of(opened);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("the command sendmail cannot be served: {}", e.toString());
        }
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of();
    }

    /** Takes no more messages; those that have not been taken stay in the folder. */
    @Override
    public void close() {
        server.ifPresent(SendmailServer::close);
        server = Optional.empty();
    }
}
