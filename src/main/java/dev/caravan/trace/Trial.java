package dev.caravan.trace;

import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;

/**
 * One recipient of one delivery attempt.
 *
 * @param item the queue item's id.
 * @param to the recipient.
 * @param nextHop the transport, and the domain or host behind it.
 * @param attempt the number of the attempt; from 1.
 * @param diagnosis what was said.
 */
public record Trial(String item, ForwardPath to, String nextHop, int attempt, Diagnosis diagnosis) {}
