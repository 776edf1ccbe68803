package dev.caravan.submit;

/** What happens to a message whose author is not the user that submits it. */
public enum FromCheck {
    /** It is refused with 550 5.7.1. */
    REFUSE,
    /** It gets a field Sender with the user's address (RFC 6409 §8.1). */
    ADD_SENDER,
    /** Nothing. */
    OFF
}
