package dev.caravan.filter;

/** A filter was not asked: too much waits for it, or it has not answered for a while. The message is for clients. */
public final class FilterBusyException extends Exception {
    private static final long serialVersionUID = 1L;

    private FilterBusyException(String message) {
        // Without a stack trace: there may be thousands a second.
        super(message, null, false, false);
    }

    static FilterBusyException full(String filter) {
        return new FilterBusyException("too many messages wait for the filter " + filter + ", try again later");
    }

    static FilterBusyException down(String filter) {
        return new FilterBusyException("the filter " + filter + " does not answer now, try again later");
    }
}
