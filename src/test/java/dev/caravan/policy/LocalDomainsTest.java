package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Domain;
import org.junit.jupiter.api.Test;

class LocalDomainsTest {
    private final LocalDomains local = LocalDomains.parse("Local.Example, b.example [192.0.2.1] [IPv6:2001:db8::1]");

    @Test
    void matchesInAnyCase() {
        assertTrue(local.contains(new Domain("LOCAL.example")));
        assertTrue(local.contains(new Domain("b.EXAMPLE")));
    }

    @Test
    void doesNotMatchPartsOfNames() {
        assertFalse(local.contains(new Domain("example")));
        assertFalse(local.contains(new Domain("sub.local.example")));
        assertFalse(local.contains(new Domain("notlocal.example")));
    }

    @Test
    void matchesLiteralsByAddress() {
        assertTrue(local.contains(new Domain("[192.0.2.1]")));
        assertTrue(local.contains(new Domain("[IPv6:::ffff:192.0.2.1]")));
        assertTrue(local.contains(new Domain("[ipv6:2001:DB8:0:0::1]")));
        assertFalse(local.contains(new Domain("[192.0.2.2]")));
    }

    @Test
    void namesTheBrokenPart() {
        String words = assertThrows(IllegalArgumentException.class, () -> LocalDomains.parse("a.example, b_/example"))
                .getMessage();
        assertTrue(words.contains("b_/example") && words.contains("expected"), words);
    }

    @Test
    void mayBeEmpty() {
        assertEquals(0, LocalDomains.parse(" ").domains().size());
    }
}
