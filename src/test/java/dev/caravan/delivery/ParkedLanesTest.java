package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which lanes are believed to have items. */
class ParkedLanesTest {
    private static final ParkedLanes.Key LANE = new ParkedLanes.Key("smtp", ParkingLane.ofDestination("a.test"));

    private final Pacing pacing = new Pacing(new ConcurrencyLimits(40, 20));
    private final ParkedLanes lanes = new ParkedLanes();

    @Test
    void aLaneWithOldItemsHasSomeHoweverOftenThereIsNoPlaceForThem() {
        lanes.parked(LANE, 0);
        for (int look = 0; look < 20; look++) {
            assertTrue(lanes.takeNow(LANE, 100, pacing).isPresent());
            lanes.took(LANE, 100, 0, pacing, look);
            assertEquals(List.of(LANE), lanes.withItems());
        }
    }
}
