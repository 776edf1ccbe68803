package dev.caravan.policy;

/**
 * A directory of recipients or aliases did not answer in time, or failed. Recipients that depend on its answer are
 * deferred.
 */
public final class DirectoryUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param reason one printable line. */
    public DirectoryUnavailableException(String reason) {
        // Without a stack trace: a directory that is down fails for every recipient that clients name.
        super(reason, null, false, false);
    }
}
