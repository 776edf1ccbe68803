package dev.caravan.filter;

/** A question that a filter has. {@link #end} must be called once; further calls do nothing. Thread-safe. */
public interface FilterCall {
    /** @param isAnswered whether the filter gave an answer, whatever it says. */
    void end(boolean isAnswered);
}
