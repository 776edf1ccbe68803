package dev.caravan.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReconnectingConnectionTest {
    private final List<Link> opened = new ArrayList<>();
    private boolean isAway;
    private final ReconnectingConnection<Link, IOException> connection = new ReconnectingConnection<>(this::open);

    private static final class Link implements AutoCloseable {
        private int closed;

        @Override
        public void close() throws IOException {
            closed++;
            throw new IOException("broken pipe");
        }
    }

    private Link open() throws IOException {
        if (isAway) {
            throw new IOException("refused");
        }
        opened.add(new Link());
        return opened.get(opened.size() - 1);
    }

    @Test
    void opensNothingBeforeItIsNeeded() {
        connection.close();
        assertEquals(List.of(), opened);
    }

    @Test
    void keepsTheConnectionUntilItIsClosed() throws IOException {
        Link first = connection.get();
        assertSame(first, connection.get());
        connection.close();
        connection.close();
        assertEquals(1, first.closed);
        assertNotSame(first, connection.get());
    }

    @Test
    void triesAgainAfterAFailure() throws IOException {
        isAway = true;
        assertThrows(IOException.class, connection::get);
        isAway = false;
        assertSame(connection.get(), opened.get(0));
    }
}
