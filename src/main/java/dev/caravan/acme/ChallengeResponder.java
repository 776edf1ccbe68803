package dev.caravan.acme;

import java.io.IOException;
import java.util.List;

/** Shows an authority that this server owns a name, by answers that the authority looks for. */
interface ChallengeResponder extends AutoCloseable {
    /**
     * What the authority will look for.
     *
     * @param name the host name that is to be shown.
     * @param token the name of the answer, if it is asked for by HTTP; base64url letters only.
     * @param answer the text of the answer.
     */
    record Proof(String name, String token, String answer) {}

    /** The type of challenge: {@code http-01} or {@code dns-01}. */
    String type();

    /**
     * Makes the answers visible; returns when the authority may look. May block.
     *
     * @throws IOException if one cannot be made visible; the message is for the operator.
     */
    void show(List<Proof> proofs) throws IOException, InterruptedException;

    /** Removes the answers; failures are logged only. May block. */
    void remove(List<Proof> proofs);

    @Override
    default void close() {}
}
