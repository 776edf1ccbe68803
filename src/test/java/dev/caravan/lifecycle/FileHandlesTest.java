package dev.caravan.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.lifecycle.FileHandles.Shares;
import dev.caravan.lifecycle.FileHandles.Wanted;
import org.junit.jupiter.api.Test;

/** What connections of clients get of the file handles. */
class FileHandlesTest {
    private static final Wanted WANTED = new Wanted(40, 10_000, 512);

    @Test
    void grantsWhatIsWantedIfThereIsEnough() {
        Shares shares = new FileHandles(65_536, 190).share(WANTED);
        assertEquals(10_000, shares.smtp());
        assertEquals(512, shares.http());
    }

    @Test
    void grantsNothingBeyondTheLimit() {
        for (long limit = 380; limit < 21_500; limit += 50) {
            Shares shares = new FileHandles(limit, 190).share(WANTED);
            long most = 190 + shares.deliveries() + shares.idle() + 2L * (shares.smtp() + shares.http());
            assertTrue(most <= limit, limit + " " + shares);
            assertTrue(shares.smtp() > shares.http() || shares.http() == 4, limit + " " + shares);
        }
    }

    @Test
    void clientsAndDeliveriesGetHalfEach() {
        Shares shares = new FileHandles(1024, 190).share(new Wanted(5_000, 10_000, 0));
        assertEquals(256, shares.deliveries());
        assertTrue(shares.smtp() + shares.http() >= 150, shares.toString());
    }

    @Test
    void whatOneDoesNotNeedIsTheOthers() {
        Shares shares = new FileHandles(4096, 190).share(new Wanted(5_000, 100, 0));
        assertEquals(100, shares.smtp());
        assertTrue(shares.deliveries() > 2_000, shares.toString());
    }

    @Test
    void grantsAFewConnectionsWhateverTheLimit() {
        Shares shares = new FileHandles(100, 190).share(WANTED);
        assertEquals(4, shares.smtp());
        assertEquals(4, shares.http());
        assertEquals(190 + 64 + 40 + 20 + 2 * 10_512, shares.needed());
    }
}
