package dev.caravan.filter;

/**
 * The limits of one filter.
 *
 * @param inHand how many questions it gets at once; 1 or more.
 * @param waiting how many questions wait for their turn; 0 or more.
 * @param waitingOctets how many octets the messages of those that wait may have together; 0 or more.
 */
public record FilterLimits(int inHand, int waiting, long waitingOctets) {
    FilterLimits atMost(int most) {
        return new FilterLimits(Math.min(inHand, most), waiting, waitingOctets);
    }
}
