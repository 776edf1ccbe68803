package dev.caravan.delivery;

/** What came of an attempt whose item may be parked. */
public sealed interface DeliveryResult {
    /** The attempt has ended, or was not made. */
    record Reported(DeliveryReport report) implements DeliveryResult {}

    /** There is no place for the attempt: its item is to be parked in this lane. */
    record Parked(ParkingLane lane) implements DeliveryResult {}
}
