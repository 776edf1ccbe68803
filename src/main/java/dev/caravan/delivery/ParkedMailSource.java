package dev.caravan.delivery;

import java.util.concurrent.CompletionStage;

/** Takes parked items into hand. */
@FunctionalInterface
public interface ParkedMailSource {
    /**
     * Takes items of a lane, the oldest first; each of them becomes an attempt.
     *
     * @param transport the name after {@code mail.deliver.}.
     * @param most how many; greater than zero.
     * @return completes with the number taken: fewer only if the lane had no more. Exceptionally if it could not be read.
     */
    CompletionStage<Integer> take(String transport, ParkingLane lane, int most);
}
