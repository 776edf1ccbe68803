package dev.caravan.config;

import java.util.List;
import java.util.Map;

/** What one package contributes to a server: made of settings and of what other packages contribute, and closed with the server. */
public interface ServerModule extends AutoCloseable {
    /** Objects by the names that routes use. */
    Map<String, Object> beans();

    /** Those that take over changed settings. */
    default List<Reconfigurable> reconfigurables() {
        return List.of();
    }

    /** Ends what the module runs; may wait for a broker or a database that does not answer. */
    @Override
    default void close() {}
}
