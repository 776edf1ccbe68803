package dev.caravan.auth;

/** What a login rests on: it ends when the credential is changed, disabled or revoked, or has expired. */
public interface Grant {
    /** A grant that lasts as long as the session. */
    Grant LASTING = () -> false;

    /** Whether a session that rests on it must end. Cheap, never blocks; called on any thread. */
    boolean isRevoked();
}
