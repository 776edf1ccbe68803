package dev.caravan.tls;

/**
 * A verified certificate of a client.
 *
 * @param subject the distinguished name as text (RFC 4514); comes from the client.
 * @param fingerprint SHA-256 of the certificate, 64 hexadecimal digits in lower case.
 */
public record ClientCertificate(String subject, String fingerprint) {}
