package dev.caravan.server;

import dev.caravan.config.Settings;
import dev.caravan.http.HttpSettings;
import dev.caravan.lifecycle.FileHandles;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.transport.DeliverySettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shares the files that the system lets this process open among the connections of a server. */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    private final FileHandles process;
    private final FileHandles.Shares shares;

    /** Shares out the files of this process as the settings ask for. */
    OpenFiles(Settings settings) {
        this.process = FileHandles.ofProcess();
        this.shares = process.share(new FileHandles.Wanted(
                settings.get(DeliverySettings.MAX_IN_HAND),
                settings.get(SmtpSettings.MAX_CONNECTIONS),
                settings.get(HttpSettings.LISTEN).isPresent() ? settings.get(HttpSettings.MAX_CONNECTIONS) : 0));
    }

    FileHandles.Shares shares() {
        return shares;
    }

    /** Warns if the shares are smaller than the settings ask for. */
    void warn() {
        if (shares.needed() > process.limit()) {
            LOG.warn(
                    "the system allows this process {} open files: at most {} SMTP and {} HTTP connections are taken, and {} deliveries made at once"
                            + " (expected: {} open files for the settings, see ulimit -n or LimitNOFILE)",
                    process.limit(),
                    shares.smtp(),
                    shares.http(),
                    shares.deliveries(),
                    shares.needed());
        }
    }
}
