package dev.caravan.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Mailbox;
import dev.caravan.testkit.MovingClock;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of users, as commands change it and as a directory reads it. */
class CredentialEditorTest {
    private static final Secret PASSWORD = new Secret("correct horse");
    private static final CredentialEditor.Scope ANY =
            new CredentialEditor.Scope(List.of(), List.of(), Optional.empty());
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    Path folder;

    private final MovingClock clock = MovingClock.now();
    private Path file;
    private CredentialEditor editor;

    @BeforeEach
    void begin() {
        file = folder.resolve("credentials");
        editor = new CredentialEditor(file, Set.of(ScramHash.SHA_256));
    }

    private CredentialTable table() {
        try {
            return CredentialTable.parse(Files.readAllLines(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private CredentialDirectory directory() {
        return new CredentialDirectory(
                this::table, domain -> domain.key().equals("a.example"), new byte[32], Duration.ZERO, clock);
    }

    private LoginAnswer check(String user, Secret password) {
        return directory().check(user, password, HERE).orElse(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
    }

    private static LoginFailure why(LoginAnswer answer) {
        return assertInstanceOf(LoginAnswer.Refused.class, answer).why();
    }

    private static LoginAnswer.Accepted accepted(LoginAnswer answer) {
        return assertInstanceOf(LoginAnswer.Accepted.class, answer);
    }

    @Test
    void aUserHasAPasswordThatOnlyTheOwnerOfTheFileMayRead() throws Exception {
        editor.add("Alice", Optional.of(PASSWORD));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertFalse(Files.readString(file).contains("horse"));
        assertEquals("Alice", accepted(check("alice", PASSWORD)).user());
        assertEquals("Alice", accepted(check("ALICE@a.example", PASSWORD)).user());
        assertEquals(LoginFailure.CREDENTIALS, why(check("alice@b.example", PASSWORD)));
        assertEquals(LoginFailure.CREDENTIALS, why(check("alice", new Secret("wrong"))));
    }

    @Test
    void keepsCommentsAndWhatItDoesNotKnow() throws Exception {
        Files.writeString(
                file, "# staff\n\nbob:{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=:1000:1000::/home/bob::allow_nets=10.0.0.0/8\n");
        editor.add("alice", Optional.of(PASSWORD));
        editor.disable("bob", true);
        List<String> lines = Files.readAllLines(file);
        assertEquals("# staff", lines.get(0));
        assertEquals(
                "bob:{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=:1000:1000::/home/bob::allow_nets=10.0.0.0/8 nologin",
                lines.get(2));
        assertEquals(LoginFailure.DISABLED, why(check("bob", PASSWORD)));
        editor.disable("bob", false);
        assertEquals("bob", accepted(check("bob", PASSWORD)).user());
        editor.remove("bob");
        assertEquals(LoginFailure.CREDENTIALS, why(check("bob", PASSWORD)));
    }

    @Test
    void saysWhatIsWrong() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        for (Throwable wrong : List.of(
                assertThrows(IllegalArgumentException.class, () -> editor.add("ALICE", Optional.of(PASSWORD))),
                assertThrows(IllegalArgumentException.class, () -> editor.add("a:b", Optional.of(PASSWORD))),
                assertThrows(IllegalArgumentException.class, () -> editor.add("a\nb", Optional.of(PASSWORD))),
                assertThrows(IllegalArgumentException.class, () -> editor.add("#a", Optional.of(PASSWORD))),
                assertThrows(IllegalArgumentException.class, () -> editor.remove("bob")),
                assertThrows(IllegalArgumentException.class, () -> editor.removeApp("alice", "x")),
                assertThrows(IllegalArgumentException.class, () -> editor.addApp("alice", "no spaces", ANY)),
                assertThrows(
                        IllegalArgumentException.class,
                        () -> editor.addApp(
                                "alice",
                                "x",
                                new CredentialEditor.Scope(List.of("nonsense"), List.of(), Optional.empty()))),
                assertThrows(
                        IllegalArgumentException.class,
                        () -> editor.addApp(
                                "alice",
                                "x",
                                new CredentialEditor.Scope(List.of(), List.of("nonsense"), Optional.empty()))))) {
            assertTrue(String.valueOf(wrong.getMessage()).contains("(expected: "), wrong.getMessage());
        }
        assertEquals(1, editor.list().size());
    }

    @Test
    void anApplicationPasswordIsBoundToNetworksAndTime() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        Secret printer = editor.addApp(
                "alice",
                "printer",
                new CredentialEditor.Scope(
                        List.of("scan@a.example"),
                        List.of("127.0.0.0/8", "2001:db8::/32"),
                        Optional.of(clock.instant().plusSeconds(60))));
        LoginAnswer.Accepted in = accepted(check("alice", printer));
        assertEquals(Optional.of("printer"), in.credential());
        assertFalse(in.grant().isRevoked());
        assertEquals(
                LoginFailure.NETWORK,
                why(directory()
                        .check("alice", printer, InetAddress.getByName("192.0.2.1"))
                        .orElseThrow()));

        clock.advance(Duration.ofSeconds(61));
        assertTrue(in.grant().isRevoked());
        assertEquals(LoginFailure.EXPIRED, why(check("alice", printer)));
    }

    @Test
    void aLoginEndsWithItsCredential() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        Secret printer = editor.addApp("alice", "printer", ANY);
        Grant own = accepted(check("alice", PASSWORD)).grant();
        Grant device = accepted(check("alice", printer)).grant();
        editor.setPassword("alice", new Secret("another"));
        assertTrue(own.isRevoked());
        assertFalse(device.isRevoked());
        editor.removeApp("alice", "printer");
        assertTrue(device.isRevoked());
    }

    @Test
    void eachPasswordOfAUserWorksWithScram() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        Secret printer = editor.addApp("alice", "printer", ANY);
        assertTrue(table().haveAllKeys(ScramHash.SHA_256));
        assertFalse(table().haveAllKeys(ScramHash.SHA_1));
        ScramKeys keys = directory().keys("alice", ScramHash.SHA_256, HERE);
        assertEquals(
                List.of(Optional.empty(), Optional.of("printer")),
                keys.keys().stream().map(ScramKeys.Key::credential).toList());
        ScramKeys.Key made =
                ScramKeys.key(ScramHash.SHA_256, Optional.empty(), printer, keys.salt(), keys.iterations());
        assertArrayEquals(made.storedKey(), keys.keys().get(1).storedKey());

        // The salt must stay, or the printer's key would be lost.
        editor.setPassword("alice", new Secret("another"));
        assertArrayEquals(
                keys.salt(), directory().keys("alice", ScramHash.SHA_256, HERE).salt());
    }

    @Test
    void scramIsNotOfferedIfItWouldNotWorkForAll() throws Exception {
        Files.writeString(file, "bob:{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=::::::\n");
        editor.add("alice", Optional.of(PASSWORD));
        assertFalse(table().haveAllKeys(ScramHash.SHA_256));
        editor.disable("bob", true);
        assertTrue(table().haveAllKeys(ScramHash.SHA_256));
    }

    /** Nobody learns from the salt who exists. */
    @Test
    void anUnknownUserHasASaltThatStays() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        ScramKeys one = directory().keys("nobody", ScramHash.SHA_256, HERE);
        ScramKeys again = directory().keys("NOBODY", ScramHash.SHA_256, HERE);
        ScramKeys other = directory().keys("somebody", ScramHash.SHA_256, HERE);
        ScramKeys real = directory().keys("alice", ScramHash.SHA_256, HERE);
        assertArrayEquals(one.salt(), again.salt());
        assertFalse(Arrays.equals(one.salt(), other.salt()));
        assertEquals(real.salt().length, one.salt().length);
        assertEquals(real.iterations(), one.iterations());
        assertEquals(List.of(), one.keys());
        assertEquals(LoginFailure.CREDENTIALS, why(directory().proven("nobody", Optional.empty(), HERE)));
    }

    @Test
    void usersSendAsThemselvesAndAsTheTableLists() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        editor.addApp(
                "alice", "printer", new CredentialEditor.Scope(List.of("scan@a.example"), List.of(), Optional.empty()));
        SenderTable.Builder lines = new SenderTable.Builder();
        lines.add("# comment");
        lines.add("alice: scan@a.example, @shop.example");
        lines.add("bob@b.example: *");
        SenderTable senders = lines.build();
        SenderRights rights = directory().rights(() -> senders, () -> false);
        Identity alice = new Identity("alice", "PLAIN", Optional.empty());
        Identity printer = new Identity("alice", "PLAIN", Optional.of("printer"));
        Identity bob = new Identity("bob@b.example", "PLAIN", Optional.empty());
        List<String> said = new ArrayList<>();
        for (String sender : List.of(
                "alice@a.example",
                "Alice+news@a.example",
                "alice@b.example",
                "scan@a.example",
                "any@shop.example",
                "bob@b.example",
                "alicex@a.example")) {
            Mailbox mailbox = Mailbox.parse(sender);
            said.add(sender + " " + rights.maySendAs(alice, mailbox) + " " + rights.maySendAs(printer, mailbox) + " "
                    + rights.maySendAs(bob, mailbox));
        }
        assertEquals(
                List.of(
                        "alice@a.example true false true",
                        "Alice+news@a.example true false true",
                        "alice@b.example false false true",
                        "scan@a.example true true true",
                        "any@shop.example true false true",
                        "bob@b.example false false true",
                        "alicex@a.example false false true"),
                said);
    }

    @Test
    void anApplicationPasswordStaysWithinItsSenders() throws Exception {
        editor.add("alice", Optional.of(PASSWORD));
        editor.addApp(
                "alice", "printer", new CredentialEditor.Scope(List.of("scan@a.example"), List.of(), Optional.empty()));
        SenderRights rights = directory().rights(() -> SenderTable.EMPTY, () -> true);
        Identity printer = new Identity("alice", "PLAIN", Optional.of("printer"));
        assertTrue(rights.maySendAs(printer, Mailbox.parse("scan@a.example")));
        assertFalse(rights.maySendAs(printer, Mailbox.parse("boss@far.example")));
        assertTrue(
                rights.maySendAs(new Identity("alice", "PLAIN", Optional.empty()), Mailbox.parse("boss@far.example")));
        Identity removed = new Identity("alice", "PLAIN", Optional.of("lost"));
        assertFalse(rights.maySendAs(removed, Mailbox.parse("alice@a.example")));
    }

    @Test
    void aPasswordThatWasRightIsKnownWithoutACalculation() throws Exception {
        CredentialDirectory directory = new CredentialDirectory(
                this::table, domain -> domain.key().equals("a.example"), new byte[32], Duration.ofMinutes(10), clock);
        editor.add("alice", Optional.of(PASSWORD));
        Secret device =
                editor.addApp("alice", "printer", new CredentialEditor.Scope(List.of(), List.of(), Optional.empty()));
        assertEquals(Optional.empty(), directory.remembered("alice", PASSWORD, HERE));
        accepted(directory.check("alice", PASSWORD, HERE).orElseThrow());
        accepted(directory.check("alice", device, HERE).orElseThrow());
        assertEquals(
                Optional.empty(),
                accepted(directory.remembered("alice", PASSWORD, HERE).orElseThrow())
                        .credential());
        assertEquals(
                Optional.of("printer"),
                accepted(directory.remembered("alice", device, HERE).orElseThrow())
                        .credential());
        assertEquals(Optional.empty(), directory.remembered("alice", new Secret("wrong"), HERE));
        assertEquals(Optional.empty(), directory.remembered("nobody", PASSWORD, HERE));
        editor.disable("alice", true);
        assertEquals(
                LoginFailure.DISABLED,
                why(directory.remembered("alice", PASSWORD, HERE).orElseThrow()));
        editor.removeApp("alice", "printer");
        assertEquals(Optional.empty(), directory.remembered("alice", device, HERE));
    }

    @Test
    void aCertificateNamesAUserOfTheFile() throws Exception {
        editor.add("alice", Optional.empty());
        PeerCertificate certificate = new PeerCertificate(List.of("alice@a.example"), "Printer 7");
        assertEquals("alice", accepted(directory().named(certificate, "", HERE)).user());
        assertEquals(
                "alice", accepted(directory().named(certificate, "ALICE", HERE)).user());
        assertEquals(LoginFailure.CREDENTIALS, why(directory().named(certificate, "bob", HERE)));
        assertEquals(LoginFailure.CREDENTIALS, why(directory().named(new PeerCertificate(List.of(), "bob"), "", HERE)));
        assertEquals(LoginFailure.CREDENTIALS, why(check("alice", new Secret("x"))));
    }
}
