package dev.caravan.config;

import java.util.List;
import java.util.Map;

/**
 * The objects that one package contributes to a server. A module is made from settings and objects of other packages, and
 * closed with the server.
 */
public interface ServerModule extends AutoCloseable {
    /** Objects by the names that routes use. */
    Map<String, Object> beans();

    /** The objects that apply changed settings. */
    default List<Reconfigurable> reconfigurables() {
        return List.of();
    }

    /** Ends the threads and connections of the module; may wait for a broker or a database that does not answer. */
    @Override
    default void close() {}
}
