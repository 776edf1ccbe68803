package dev.caravan.delivery;

import java.util.Optional;

/**
 * Where the item of an attempt comes from.
 *
 * @param transport the name after {@code mail.deliver.}.
 * @param lane in which it was parked; empty if it comes from the queue of its transport.
 * @param mayPark whether it may be parked if there is no place for it.
 */
public record ItemOrigin(String transport, Optional<ParkingLane> lane, boolean mayPark) {
    /** Of an item that cannot be parked. */
    public static final ItemOrigin UNKNOWN = new ItemOrigin("", Optional.empty(), false);

    PlaceRequest.Otherwise otherwise() {
        if (!mayPark) {
            return PlaceRequest.Otherwise.REFUSE;
        }
        return lane.filter(ParkingLane::isOfDestination).isPresent()
                ? PlaceRequest.Otherwise.WAIT
                : PlaceRequest.Otherwise.PARK;
    }
}
