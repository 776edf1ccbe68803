package dev.caravan.acme;

import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TextParseException;

/** Reads a key for signed changes of a zone (TSIG, RFC 8945), in the two forms that name servers' tools write. */
final class TsigKey {
    static final String EXPECTED =
            "key \"NAME\" { algorithm hmac-sha256; secret \"...\"; }; or hmac-sha256:NAME:SECRET";

    private static final Map<String, Name> ALGORITHMS = Map.of(
            "hmac-sha1", TSIG.HMAC_SHA1,
            "hmac-sha224", TSIG.HMAC_SHA224,
            "hmac-sha256", TSIG.HMAC_SHA256,
            "hmac-sha384", TSIG.HMAC_SHA384,
            "hmac-sha512", TSIG.HMAC_SHA512);
    private static final Pattern COMMENT = Pattern.compile("(?m)(?:^|\\s)(?:#|//).*$|(?s)/\\*.*?\\*/");
    private static final Pattern BIND =
            Pattern.compile("key\\s+\"?([A-Za-z0-9._-]{1,255})\"?\\s*\\{(.{1,2000}?)}\\s*;?", Pattern.DOTALL);
    private static final Pattern ALGORITHM = Pattern.compile("\\balgorithm\\s+\"?([A-Za-z0-9-]{1,40})\"?\\s*;");
    private static final Pattern SECRET = Pattern.compile("\\bsecret\\s+\"?([A-Za-z0-9+/=]{1,1000})\"?\\s*;");
    private static final Pattern SHORT =
            Pattern.compile("([A-Za-z0-9-]{1,40}):([A-Za-z0-9._-]{1,255}):([A-Za-z0-9+/=]{1,1000})");

    private TsigKey() {}

    /**
     * The key of a file.
     *
     * @param text of the file; comments as in BIND's files.
     * @throws IllegalArgumentException if it is none; the message never has a part of the text.
     */
    static TSIG parse(String text) {
        String bare = COMMENT.matcher(text).replaceAll("").strip();
        Matcher shortForm = SHORT.matcher(bare);
        if (shortForm.matches()) {
            return key(shortForm.group(1), shortForm.group(2), shortForm.group(3));
        }
        Matcher bind = BIND.matcher(bare);
        if (!bind.matches()) {
            throw new IllegalArgumentException("no TSIG key");
        }
        Matcher algorithm = ALGORITHM.matcher(bind.group(2));
        Matcher secret = SECRET.matcher(bind.group(2));
        if (!algorithm.find() || !secret.find()) {
            throw new IllegalArgumentException("a TSIG key without algorithm or secret");
        }
        return key(algorithm.group(1), bind.group(1), secret.group(1));
    }

    private static TSIG key(String algorithm, String name, String secret) {
        Name known = ALGORITHMS.get(algorithm.toLowerCase(Locale.ROOT));
        if (known == null) {
            throw new IllegalArgumentException("a TSIG key for another algorithm than hmac-sha1 to hmac-sha512");
        }
        byte[] octets;
        try {
            octets = Base64.getDecoder().decode(secret);
        } catch (IllegalArgumentException e) {
            // The cause would quote the secret.
            throw new IllegalArgumentException("a TSIG key whose secret is not in base64");
        }
        if (octets.length == 0) {
            throw new IllegalArgumentException("a TSIG key with an empty secret");
        }
        try {
            return new TSIG(known, Name.fromString(name, Name.root), new SecretKeySpec(octets, algorithm));
        } catch (TextParseException e) {
            throw new IllegalArgumentException("a TSIG key with a malformed name");
        }
    }
}
