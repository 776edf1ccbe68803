package dev.caravan.login;

/** No secret could be had, so this server cannot log in. The message is for people and has no secret. */
public final class LoginException extends Exception {
    private static final long serialVersionUID = 1L;

    LoginException(String message) {
        super(message);
    }

    LoginException(String message, Throwable cause) {
        super(message, cause);
    }
}
