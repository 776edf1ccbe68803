package dev.caravan.filter;

/** A question that waits for its turn at a filter. Exactly one of the methods that end the wait is called, once. */
public interface FilterTurn {
    /** Whether somebody still wants the answer; asked when the turn has come. */
    boolean isWanted();

    /** The turn has come. Does not block, and ends the call when the filter has answered. */
    void begin(FilterCall call);

    /** The filter is not asked. */
    void refused(FilterBusyException why);

    /** Nobody wants the answer any more. */
    void dropped();
}
