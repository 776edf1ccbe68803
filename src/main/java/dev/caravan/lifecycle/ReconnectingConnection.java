package dev.caravan.lifecycle;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that is opened when it is first needed. After an error its user closes it, and the next call of {@link #get} opens another. Not
 * thread-safe.
 *
 * @param <C> the connection, with what belongs to it.
 * @param <E> what opening may throw.
 */
public final class ReconnectingConnection<C extends AutoCloseable, E extends Exception> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReconnectingConnection.class);

    private final Opener<C, E> opener;
    private Optional<C> open = Optional.empty();

    /** Opens a connection. */
    public interface Opener<C, E extends Exception> {
        C open() throws E;
    }

    public ReconnectingConnection(Opener<C, E> opener) {
        this.opener = opener;
    }

    /**
     * The open connection; opens one if there is none.
     *
     * @throws E if it cannot be opened; the next call tries again.
     */
    public C get() throws E {
        if (open.isEmpty()) {
            open = Optional.of(opener.open());
        }
        return open.get();
    }

    public boolean isOpen() {
        return open.isPresent();
    }

    /** Closes the connection if one is open. Never throws: the other side ends a connection that cannot be closed. */
    @Override
    public void close() {
        Optional<C> old = open;
        open = Optional.empty();
        try {
            if (old.isPresent()) {
                old.get().close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.debug("cannot close a broken connection: {}", e.toString());
        }
    }
}
