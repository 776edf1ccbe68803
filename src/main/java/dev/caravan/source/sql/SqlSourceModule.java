package dev.caravan.source.sql;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.PasswordFile;
import dev.caravan.store.MessageSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Takes mail from a database table, if {@code sql.url} is set. */
public final class SqlSourceModule implements ServerModule {
    private final Optional<OutboxPoller> poller;

    /**
     * @throws InvalidSettingsException if there is no driver for the database.
     * @throws IOException if the password cannot be read.
     */
    public SqlSourceModule(
            ServerHome home, Settings settings, IdempotentSubmitter submitter, ShutdownState shutdown, Clock clock)
            throws IOException {
        Optional<String> url = settings.get(SqlSettings.URL);
        this.poller = url.isPresent()
                ? Optional.of(poller(url.get(), home, settings, submitter, shutdown, clock))
                : Optional.empty();
    }

    private static OutboxPoller poller(
            String url,
            ServerHome home,
            Settings settings,
            IdempotentSubmitter submitter,
            ShutdownState shutdown,
            Clock clock)
            throws IOException {
        try {
            DriverManager.getDriver(url);
        } catch (SQLException e) {
            throw new InvalidSettingsException(
                    SqlSettings.URL,
                    "no driver for " + url.replaceFirst("[?;].*", ""),
                    "its jar in the folder lib of the home");
        }
        Optional<Path> password = PasswordFile.of(home, settings, SqlSettings.PASSWORD_FILE);
        OutboxTable.Access access = new OutboxTable.Access(
                url,
                settings.get(SqlSettings.USER),
                password.isPresent() ? PasswordFile.read(password.get()) : "",
                settings.get(SqlSettings.TABLE));
        String owner = UUID.randomUUID().toString();
        OutboxTable table = new OutboxTable(access, owner, settings.get(MessageSettings.MAX_JSON));
        return new OutboxPoller(submitter, table, owner, shutdown, clock);
    }

    @Override
    public Map<String, Object> beans() {
        return poller.<Map<String, Object>>map(bean -> Map.of("sqlOutbox", bean))
                .orElse(Map.of());
    }

    @Override
    public void close() {
        poller.ifPresent(OutboxPoller::close);
    }
}
