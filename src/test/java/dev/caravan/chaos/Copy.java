package dev.caravan.chaos;

/**
 * What is counted: a mail for one of its recipients.
 *
 * @param mail what all its copies have in common, such as the subject.
 * @param recipient the address without brackets.
 */
public record Copy(String mail, String recipient) {}
