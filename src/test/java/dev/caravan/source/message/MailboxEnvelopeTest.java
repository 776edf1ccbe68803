package dev.caravan.source.message;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MailboxEnvelopeTest {
    private static final MailboxEnvelope FIXED =
            new MailboxEnvelope(Optional.empty(), List.of("a@x.test, b@x.test"), Optional.empty());
    private static final MailboxEnvelope BY_FIELD =
            new MailboxEnvelope(Optional.empty(), List.of(), Optional.of("Delivered-To"));

    private static Optional<String> from(String returnPath) throws InvalidSubmissionException {
        return FIXED.given(Optional.of(returnPath), Optional.empty()).from();
    }

    @Test
    void takesTheReversePathThatTheMailboxWrote() throws InvalidSubmissionException {
        assertEquals(Optional.of("<s@x.test>"), from("<s@x.test>"));
        assertEquals(Optional.of("<>"), from("<>"));
    }

    @Test
    void tellsNobodyWhereNoReversePathCanBeRead() throws InvalidSubmissionException {
        assertEquals(Optional.of("<>"), from("not an address"));
        assertEquals(
                Optional.of("<>"),
                FIXED.given(Optional.empty(), Optional.empty()).from());
    }

    @Test
    void takesOneRecipientFromAField() throws InvalidSubmissionException {
        assertEquals(
                List.of("<c@x.test>"),
                BY_FIELD.given(Optional.empty(), Optional.of("<c@x.test>")).to());
        for (Optional<String> bad :
                List.of(Optional.<String>empty(), Optional.of("c@x.test, d@x.test"), Optional.of("nobody"))) {
            assertThrows(InvalidSubmissionException.class, () -> BY_FIELD.given(Optional.empty(), bad));
        }
    }

    @Test
    void refusesWhatNoMailCouldBeSentWith() {
        List<String> none = List.of();
        assertThrows(
                IllegalArgumentException.class, () -> new MailboxEnvelope(Optional.empty(), none, Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MailboxEnvelope(Optional.of("nobody"), List.of("a@x.test"), Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new MailboxEnvelope(Optional.empty(), List.of("nobody"), Optional.empty()));
    }
}
